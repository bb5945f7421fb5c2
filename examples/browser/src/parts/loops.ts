/** Two loops side by side, each with its own tasks and clock: a loop is not a global. */
import { createTask, gather, run, sleep } from "wasyncio";

function* beat(beats: number, beatMs: number) {
  for (let count = 0; count < beats; count++) yield* sleep(beatMs);
  return beats;
}

function* main(name: string, beatMs: number) {
  const long = createTask(beat(6, beatMs), { name: `${name}, six beats` });
  const short = createTask(beat(3, beatMs), { name: `${name}, three beats` });
  const beats = yield* gather(long, short);
  console.log(`${name}: ${beats.join(" and ")} beats`);
}

export const play = () => Promise.all([run(main("left", 130)), run(main("right", 90))]);
