/** Two loops side by side, each with tasks and a clock of its own: a loop is nobody's global. */
import { type Coroutine, createTask, gather, getRunningLoop, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const loops: Part = {
  name: "loops",
  title: "Two loops side by side in one page",
  async run({ print, run }) {
    const seen = new Set<unknown>();
    function* program(name: string, beatMs: number): Coroutine<number> {
      seen.add(getRunningLoop());
      function* beat(beats: number): Coroutine<number> {
        for (let count = 0; count < beats; count++) yield* sleep(beatMs);
        return beats;
      }
      const long = createTask(beat(6), { name: `${name}, six beats` });
      const short = createTask(beat(3), { name: `${name}, three beats` });
      const beats = yield* gather(long, short);
      print(`${name}: done`);
      return beats[0] + beats[1];
    }
    const counts = await Promise.all([
      run(() => program("left", 130), { name: "left" }),
      run(() => program("right", 90), { name: "right" }),
    ]);
    check(seen.size === 2 && counts.join() === "9,9", "each program has a loop of its own");
    return `${counts.join(" and ")} beats, on ${seen.size} loops`;
  },
};
