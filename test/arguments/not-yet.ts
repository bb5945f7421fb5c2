/**
 * Owns the list of what does not hold yet: places of rows, by symbol and parameter, that are not tried with the others.
 * Whoever mends one takes it out; one that holds and still stands here fails the tests.
 */

const OF_TASKS = [
  "createTask",
  "EventLoop.createTask",
  "TaskGroup.createTask",
  "new Task",
  "eagerTaskFactory",
];
const TASK_OPTIONS = ["options", "options.name", "options.context", "options.eagerStart"];

export const NOT_YET: readonly string[] = [
  // What is no coroutine, and the options of tasks.
  ...OF_TASKS.flatMap((each) => ["coroutine", ...TASK_OPTIONS].map((place) => `${each} ${place}`)),
  "new Task loop",
  "eagerTaskFactory loop",
  "createEagerTaskFactory makeTask",
  "coroutine body",
  "bind body",
  "gather args",
  "waitFor awaitable",
  "wait futures",
  "wait options",
  "wait options.timeout",
  "wait options.returnWhen",
  // Futures and contexts.
  "new Future loop",
  "Future.setException exception",
  "Future.addDoneCallback options.context",
  "Runner.run options.context",
  "Runner.runSync options.context",
  // Counts, and a condition's lock.
  "new Semaphore value",
  "new BoundedSemaphore value",
  "new Barrier parties",
  "new Condition lock",
  "Condition.notify count",
];
