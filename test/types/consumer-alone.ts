/**
 * A program that knows neither the DOM's types nor those of any runtime. What is made of web standards, as `wasyncio/http` and
 * `wasyncio/edge`, has no types there; all else has. Compiled by declarations.test.ts against the build, never run.
 */
import {
  adopt,
  createTask,
  Event,
  Lock,
  openConnection,
  run,
  runSync,
  setModule,
  sleep,
  timeout,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";

export const slept: string = runSync(sleep(1000, "slept"), { clock: new VirtualClock() });

export const line: Promise<number> = run(function* () {
  const [reader, writer] = yield* openConnection("127.0.0.1", 1);
  const lock = new Lock();
  using _held = yield* lock.hold();
  writer.write("line\n");
  return (yield* timeout(100, () => reader.readline())).length;
});

export const aborted: Promise<boolean> = run(async () => {
  const task = createTask(sleep(1, true));
  const { signal } = task;
  return signal !== undefined && (await adopt(Promise.resolve(new Event().isSet())));
});

setModule({});
