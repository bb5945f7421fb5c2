/** Async functions as tasks, and one that starts another. */
import { createTask, gather, run, sleep } from "wasyncio";

async function make(dish: string, cookingMs: number) {
  console.log(`${dish}: started`);
  await sleep(cookingMs);
  console.log(`${dish}: ready`);
  return dish;
}

async function makeToast() {
  const butter = createTask(() => make("butter", 200), { name: "butter" });
  const bread = await make("bread", 350);
  return `${bread} with ${await butter}`;
}

async function main() {
  const tea = createTask(() => make("tea", 600), { name: "tea" });
  const toast = createTask(makeToast, { name: "toast" });
  const served = await gather(tea, toast);
  console.log(`served ${served.join(" and ")}`);
}

export const play = () => run(main);
