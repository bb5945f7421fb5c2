/**
 * One schedule everywhere: programs with a race are explored, and what is found reads the same on every host, down to the
 * trace and the token; so a token that was found on one is replayed on any.
 */
import { createTask, gather, Lock, Queue, sleep, timeout } from "wasyncio";
import { ExplorationError, type ExploreOptions, explore, type Program, replay } from "wasyncio/testing";

/** Two generators, one of which must not overtake the other. */
const generators: Program<void> = function* ({ random }) {
  const lock = new Lock();
  let balance = 100 + random.below(2);
  function* deposit() {
    yield* sleep(5);
    balance += 50;
  }
  function* withdraw() {
    yield* sleep(5);
    if (balance < 120) throw new Error("declined");
    balance -= 120;
  }
  function* visit() {
    for (let i = 0; i < 3; i++) yield* lock.with(() => sleep(1));
  }
  const visits = ["x", "y"].map((name) => createTask(visit(), { name }));
  const tasks = [createTask(deposit(), { name: "deposit" }), createTask(withdraw(), { name: "withdraw" })];
  yield* gather(...tasks, ...visits);
};

/** The same with async functions, native promises and a timeout. */
const asyncFunctions: Program<void> = async () => {
  const queue = new Queue<string>();
  const put = async (name: string) => {
    await Promise.resolve();
    await timeout(100, async () => {
      await sleep(5);
      await queue.put(name);
    });
  };
  await gather(...["a", "b", "c"].map((name) => createTask(() => put(name), { name })));
  if ((await queue.get()) === "c") throw new Error("c was first");
};

/** One that leaves its lock locked when it is cancelled. */
const cancelled: Program<void> = function* () {
  const lock = new Lock();
  const worker = createTask(
    function* () {
      yield* lock.acquire();
      yield* sleep(1);
      lock.release();
    },
    { name: "worker" },
  );
  try {
    yield* worker;
  } catch (error) {
    throw lock.locked() ? new Error("still locked") : error;
  }
};

const EXPLORED: [Program<void>, ExploreOptions][] = [
  [generators, { strategy: "random" }],
  [generators, { strategy: "pct", seed: 2 }],
  [generators, { strategy: "exhaustive" }],
  [asyncFunctions, { strategy: "random" }],
  [asyncFunctions, { strategy: "pct", seed: 2 }],
  [cancelled, { cancellations: true, slowCallbacks: true }],
];

/** What is found and how it reads, and how each replay ends. */
export async function explored(): Promise<string[]> {
  const told: string[] = [];
  for (const [program, options] of EXPLORED) {
    try {
      await explore(program, options);
      told.push("nothing found");
    } catch (error) {
      told.push(String(error));
      if (error instanceof ExplorationError) told.push(await endOfReplay(program, error.token));
    }
  }
  return told;
}

async function endOfReplay(program: Program<void>, token: string): Promise<string> {
  try {
    await replay(program, token);
    return `${token} passes`;
  } catch (error) {
    return `${token} fails: ${error}`;
  }
}
