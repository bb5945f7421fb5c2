/** An unordered pair of writes: the text that was saved last is on the disk only if the disk keeps the order of the two. */
import { type Coroutine, createTask, gather, sleep, type Task } from "wasyncio";
import { must } from "./must.ts";

export function* unorderedWrites(mended: boolean): Coroutine<void> {
  let asked = 0;
  let written = 0;
  let disk = "";

  function save(text: string): Task<void> {
    return createTask(write(++asked, text));
  }

  function* write(version: number, text: string): Coroutine<void> {
    yield* sleep(2);
    if (mended && version < written) return;
    written = version;
    disk = text;
  }

  yield* gather(save("draft"), save("final"));
  must(disk === "final", `the disk has the ${disk}`);
}
