/** A bounded queue between producers and consumers, shut down when all is done. */
import { createTask, gather, Queue, QueueShutDown, run, sleep } from "wasyncio";

function* produce(name: string, items: Queue<string>) {
  for (let count = 1; count <= 5; count++) {
    yield* sleep(40);
    yield* items.put(`${name}${count}`);
  }
  console.log(`producer ${name}: all handed over`);
}

function* consume(name: string, items: Queue<string>, workMs: number) {
  let count = 0;
  try {
    for (;;) {
      yield* items.get();
      yield* sleep(workMs);
      count++;
      items.taskDone();
    }
  } catch (error) {
    if (!(error instanceof QueueShutDown)) throw error;
    console.log(`consumer ${name}: ${count} items, and no more to come`);
    return count;
  }
}

function* main() {
  const items = new Queue<string>(2);
  const producers = ["a", "b"].map((name) => createTask(produce(name, items), { name: `producer ${name}` }));
  const consumers = [140, 190, 240].map((workMs, index) => {
    const name = String(index + 1);
    return createTask(consume(name, items, workMs), { name: `consumer ${name}` });
  });
  yield* gather(...producers);
  yield* items.join();
  items.shutdown();
  const counts = yield* gather(...consumers);
  console.log(`10 items, shared ${counts.join(" + ")}`);
}

export const play = () => run(main);
