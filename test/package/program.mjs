// A small program on the built package, run by entries.test.ts in a process of its own. Prints what came of it as JSON.
//
//   node program.mjs SPECIFIER [GLOBAL...]    the globals are taken away first; THROWING:GLOBAL makes one throw instead

const [specifier = "wasyncio", ...globals] = process.argv.slice(2);
for (const name of globals) {
  const [how, throwing] = name.split(":");
  if (how !== "THROWING") Reflect.deleteProperty(globalThis, name);
  else Reflect.set(globalThis, String(throwing), () => notHere(throwing));
}

/** @param {unknown} name */
function notHere(name) {
  throw new Error(`${name} is not supported here`);
}

/** @type {typeof import("wasyncio")} */
const wasyncio = await import(specifier);
/** @type {typeof import("wasyncio/testing")} */
const { VirtualClock } = await import("wasyncio/testing");
const { CancelledError, createTask, currentTask, gather, getRunningLoop, run, runSync, sleep } = wasyncio;

/** @param {string} name @param {number} delayMs */
function* greeting(name, delayMs) {
  yield* sleep(delayMs);
  return `Hello, ${name}`;
}

function* main() {
  const greetings = yield* gather(greeting("Ada", 2), greeting("Grace", 1));
  const late = createTask(greeting("Linus", 60_000));
  yield;
  late.cancel("enough");
  try {
    yield* late;
    return [...greetings, "not cancelled"];
  } catch (error) {
    return [...greetings, error instanceof CancelledError ? error.message : String(error)];
  }
}

/** The task that an async function behind another is in, after each `await`. */
async function innerTasks() {
  const names = [currentTask()?.getName()];
  await sleep(1);
  names.push(currentTask()?.getName());
  return names;
}

async function outerTasks() {
  const names = await innerTasks();
  names.push(currentTask()?.getName());
  await sleep(1);
  return [...names, currentTask()?.getName()];
}

function* asyncMain() {
  return yield* gather(createTask(outerTasks, { name: "A" }), createTask(outerTasks, { name: "B" }));
}

function* order() {
  /** @type {string[]} */
  const events = [];
  const loop = getRunningLoop();
  // Not at once: on a busy machine a slice may be over before the next turn.
  setTimeout(() => events.push("host"), 10);
  loop.callLater(40, () => events.push("later"));
  loop.callSoon(() => events.push("soon"));
  while (events.length < 3) yield* sleep(1);
  return events;
}

const clock = new VirtualClock();
const report = {
  real: await run(main),
  tasks: await run(asyncMain),
  order: await run(order),
  virtual: runSync(main, { clock }),
  virtualMs: clock.time(),
  // A virtual clock still has the host wake it and stay alive.
  asyncVirtual: await run(main, { clock: new VirtualClock() }),
};
process.stdout.write(JSON.stringify(report));
