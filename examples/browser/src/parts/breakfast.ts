/** Async functions as tasks, and one that starts another. */
import { createTask, gather, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

export const breakfast: Part = {
  name: "breakfast",
  title: "Async functions, where await waits for the loop",
  async run({ print, run }) {
    const make = async (dish: string, cookingMs: number) => {
      print(`${dish}: started`);
      await sleep(cookingMs);
      print(`${dish}: ready`);
      return dish;
    };
    const served = await run(async () => {
      const tea = createTask(() => make("tea", 600), { name: "tea" });
      const toast = createTask(
        async () => {
          const butter = createTask(() => make("butter", 200), { name: "butter" });
          const bread = await make("bread", 350);
          return `${bread} with ${await butter}`;
        },
        { name: "toast" },
      );
      return await gather(tea, toast);
    });
    check(served.join() === "tea,bread with butter", "each task gives what its function returns");
    return `served ${served.join(" and ")}`;
  },
};
