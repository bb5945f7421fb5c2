/** The tables of what starts tasks and waits for several of them. */
import { asCompleted, createTask, ExceptionGroup, getRunningLoop, TaskGroup, Timeout } from "wasyncio";
import { type Area, aBoolean, aFunction, anything, aString, kind, options } from "../rows.ts";
import { AWAITABLES, FUNCTIONS, type Label, NUMBERS } from "../values.ts";

function* main(): Generator<unknown, number, unknown> {
  return 1;
}

const aLoop = kind(() => getRunningLoop());
const taskOptions = options({
  name: anything("Other values are converted to strings"),
  context: kind(() => undefined),
  eagerStart: aBoolean("Takes the first step at once"),
});
const STARTED: readonly Label[] = ["a coroutine", ...FUNCTIONS];
const started = kind(main, ["Starts a coroutine, or a function", ...STARTED]);
const startedInGroup = kind(main, ["Starts a coroutine or a function as a task in the group", ...STARTED]);
const waitedFor = kind(
  main,
  ["Waits for an awaitable", ...AWAITABLES],
  ["or for a function as a task of its own", ...FUNCTIONS],
);
const orNull = (words: string) => kind(() => 10, [words, ...NUMBERS, "null"]);

export const TASKS: Area = {
  receivers: {
    AsCompleted: () => asCompleted([createTask(main())]),
    ExceptionGroup: () => new ExceptionGroup("group", [new Error("one"), new RangeError("other")]),
    TaskGroup: () => new TaskGroup(),
    "TaskGroup.createTask": () => new TaskGroup().enter(),
    Timeout: () => new Timeout(10),
    "Timeout.reschedule": () => new Timeout(null).enter(),
    "Timeout.exit": () => new Timeout(null).enter(),
  },
  rows: {
    createTask: { coroutine: started, options: taskOptions },
    allTasks: { loop: aLoop },
    createEagerTaskFactory: { makeTask: aFunction("makes the task") },
    eagerTaskFactory: {
      loop: kind(() => getRunningLoop(), ["eager factory for plain tasks", "undefined"]),
      coroutine: kind(main, ["eager factory for plain tasks", "a coroutine"]),
      options: {
        ...taskOptions,
        taken: [...taskOptions.taken, ["eager factory for plain tasks", "undefined"]],
      },
    },
    runCoroutineThreadsafe: {
      coroutine: kind(main, ["Starts a coroutine", "a coroutine"]),
      loop: aLoop,
    },
    gather: {
      args: kind(main, [
        "the awaitables or functions, and optionally an options object",
        ...AWAITABLES,
        ...FUNCTIONS,
        "{}",
        "an object without prototype",
      ]),
    },
    shield: { awaitable: waitedFor },
    wait: {
      futures: kind(() => [createTask(main())]),
      options: options({
        timeout: orNull("null for as long as it takes"),
        returnWhen: kind(() => "FIRST_COMPLETED"),
      }),
    },
    asCompleted: {
      awaitables: kind(() => [createTask(main())], ["The results of several awaitables", "[]"]),
      options: options({ timeout: orNull("how long all of them may take") }),
    },
    "AsCompleted.[iterator]": {},
    "AsCompleted.[asyncIterator]": {},
    waitFor: {
      awaitable: waitedFor,
      timeoutMs: orNull("null waits for as long as it takes"),
    },
    timeout: {
      delayMs: orNull("null for no limit"),
      body: aFunction("Runs `body`"),
    },
    timeoutAt: { whenMs: orNull("As `timeout`"), body: aFunction("As `timeout`") },
    "new Timeout": { whenMs: orNull("null for none") },
    "Timeout.when": {},
    "Timeout.expired": {},
    "Timeout.reschedule": { whenMs: orNull("null for none") },
    "Timeout.enter": {},
    "Timeout.exit": { error: anything("what the body threw") },
    "Timeout.toString": {},
    "new TaskGroup": {},
    "TaskGroup.with": { body: aFunction("Runs `body`") },
    "TaskGroup.enter": {},
    "TaskGroup.exit": { error: anything("what the body threw") },
    "TaskGroup.createTask": { coroutine: startedInGroup, options: taskOptions },
    "TaskGroup.cancel": {},
    "TaskGroup.toString": {},
    "new ExceptionGroup": {
      message: aString("what they have in common"),
      errors: kind(() => [new Error("right")], ["at least one", "['x']", "[null]", "Map"]),
      options: options({ cause: anything("what led to them") }),
    },
    "ExceptionGroup.derive": {
      errors: kind(() => [new Error("right")], ["of other errors", "['x']", "[null]", "Map"]),
    },
    "ExceptionGroup.subgroup": {
      condition: kind(() => RangeError, ["the condition", "an Error class", "[]", ...FUNCTIONS]),
    },
    "ExceptionGroup.split": {
      condition: kind(() => RangeError, ["the condition", "an Error class", "[]", ...FUNCTIONS]),
    },
    "ExceptionGroup.toString": {},
    "new SystemExit": { status: kind(() => 1, ["the requested exit status", "0", "1", "2**53"]) },
    "new QueueEmpty": {},
    "new QueueFull": {},
    "new QueueShutDown": {},
  },
  waiting: [],
  refusedToRead: { "Timeout.signal": "ERR_TIMEOUT_STATE" },
};
