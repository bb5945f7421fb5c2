/** A bounded queue between producers and consumers, shut down when all is done. */
import { type Coroutine, createTask, gather, Queue, QueueShutDown, sleep } from "wasyncio";
import { check, type Part } from "../part.ts";

const ITEMS_EACH = 5;

export const queue: Part = {
  name: "queue",
  title: "Two producers, three consumers, and room for two items between them",
  async run({ print, run }) {
    return await run(function* () {
      const items = new Queue<string>(2);
      const taken: string[] = [];
      function* produce(name: string): Coroutine<void> {
        for (let count = 1; count <= ITEMS_EACH; count++) {
          yield* sleep(40);
          yield* items.put(`${name}${count}`);
        }
        print(`producer ${name}: all handed over`);
      }
      function* consume(name: string, workMs: number): Coroutine<number> {
        let count = 0;
        try {
          for (;;) {
            const item = yield* items.get();
            yield* sleep(workMs);
            taken.push(item);
            count++;
            items.taskDone();
          }
        } catch (error) {
          if (!(error instanceof QueueShutDown)) throw error;
          print(`consumer ${name}: ${count} items, and no more to come`);
          return count;
        }
      }
      const producers = ["a", "b"].map((name) => createTask(produce(name), { name: `producer ${name}` }));
      const consumers = [140, 190, 240].map((workMs, index) =>
        createTask(consume(String(index + 1), workMs), { name: `consumer ${index + 1}` }),
      );
      yield* gather(...producers);
      yield* items.join();
      items.shutdown();
      const counts = yield* gather(...consumers);
      const total = counts.reduce((sum, count) => sum + count, 0);
      check(
        total === 2 * ITEMS_EACH && new Set(taken).size === total,
        "each item is taken by one consumer, once",
      );
      return `${total} items, shared ${counts.join(" + ")}`;
    });
  },
};
