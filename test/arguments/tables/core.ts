/** The tables of contexts, coroutines, futures, handles, loops, policies and runners. */
import {
  ContextVar,
  copyContext,
  createTask,
  DefaultEventLoopPolicy,
  EventLoop,
  type Future,
  getRunningLoop,
  newEventLoop,
  provideHost,
  Runner,
  setEventLoop,
  setEventLoopPolicy,
  sleep,
  TimeoutError,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { nodeHost } from "../../../src/host/node.ts";
import { nodeNetwork } from "../../../src/host/node-network.ts";
import {
  type Area,
  aBoolean,
  aFunction,
  anything,
  aString,
  type Kind,
  kind,
  milliseconds,
  options,
  required,
} from "../rows.ts";
import { AWAITABLES, FUNCTIONS, OBJECTS } from "../values.ts";

/** A coroutine that is new each time. */
function* main(): Generator<unknown, number, unknown> {
  return 1;
}

const aLoop = kind(() => getRunningLoop());
const aContext = kind(() => copyContext());
const taskOptions = options({
  name: anything("Other values are converted to strings"),
  context: aContext,
  eagerStart: aBoolean("Takes the first step at once"),
});
const aStartable = kind(main, ["Starts a coroutine, or a function", "a coroutine", ...FUNCTIONS]);
const aVariable = kind(() => new ContextVar("x"));
const aMessage = aString("the error's message");

const loopOptions = {
  clock: kind(() => new VirtualClock()),
  host: kind(() => getRunningLoop().scheduler.host),
  network: kind(() => new SimulatedNetwork()),
  debug: aBoolean("Whether debug mode is on from the start"),
} satisfies Record<string, Kind>;

export const CONTEXTS: Area = {
  receivers: { Context: copyContext, ContextVar: () => new ContextVar("x") },
  rows: {
    "Context.run": { body: aFunction("Runs `body`"), args: anything("what `body` is called with") },
    "Context.copy": {},
    "Context.get": { variable: aVariable },
    "Context.has": { variable: aVariable },
    "new ContextVar": {
      name: aString("its name in messages"),
      options: options({ default: anything("the value if none is set") }),
    },
    "ContextVar.get": { fallback: anything("else `fallback`") },
    "ContextVar.set": { value: anything("Sets the value") },
    "ContextVar.reset": { token: kind(() => new ContextVar("y").set(1)) },
    copyContext: {},
    bind: { body: aFunction("Whatever `bind` is given") },
  },
};

export const COROUTINES: Area = {
  receivers: { Operation: () => sleep(0) },
  rows: {
    coroutine: { body: kind(() => main, ["when `body` does not return a generator", ...FUNCTIONS]) },
    iscoroutine: { value: anything("Whether `value` is a coroutine") },
    iscoroutinefunction: { value: anything("Whether `value` is a generator function") },
    isfuture: { value: anything("Whether `value` is a future") },
    "Operation.next": { value: anything("whatever it is") },
    "Operation.throw": { error: { ...anything("whatever it is"), right: () => new TimeoutError() } },
    "Operation.return": { value: anything("whatever it is") },
    "Operation.[iterator]": {},
    adopt: {
      promise: kind(
        () => Promise.resolve(1),
        ["as a foreign promise does", "a promise", "a future", "a task"],
      ),
      options: options({ loop: aLoop, abort: kind(() => new AbortController()) }),
    },
    ensureFuture: {
      awaitable: kind(
        () => sleep(0),
        ["anything that can be waited for", ...AWAITABLES],
        ["a function as a new task", ...FUNCTIONS],
      ),
      options: options({ loop: aLoop }),
    },
    sleep: { delayMs: milliseconds("Zero or less gives"), result: anything("what the wait returns") },
  },
  waiting: ["sleep"],
};

/** Whose exception is asked for, so that it is reported nowhere. */
function aFutureAskedFor(): Future<unknown> {
  const future = getRunningLoop().createFuture();
  future.addDoneCallback(() => future.exception());
  return future;
}

export const FUTURES: Area = {
  receivers: {
    Future: () => getRunningLoop().createFuture(),
    "Future.setException": aFutureAskedFor,
    Handle: () => getRunningLoop().callSoon(() => {}),
    TimerHandle: () => getRunningLoop().callLater(1, () => {}),
    Task: () => createTask(main()),
  },
  rows: {
    "new Future": { loop: aLoop },
    "Future.getLoop": {},
    "Future.done": {},
    "Future.pending": {},
    "Future.running": {},
    "Future.cancelled": {},
    "Future.cancel": { message: aMessage },
    "Future.result": {},
    "Future.exception": {},
    "Future.setResult": { value: anything("Gives the future its result") },
    "Future.setException": {
      exception: kind(() => new Error("right"), ["a class of exceptions", "Error", "an Error class"]),
    },
    "Future.addDoneCallback": {
      callback: aFunction("Calls `callback`"),
      options: options({ context: aContext }),
    },
    "Future.removeDoneCallback": { callback: aFunction("Removes every callback") },
    "Future.[iterator]": {},
    "Future.toString": {},
    "Handle.cancel": {},
    "Handle.cancelled": {},
    "Handle.getContext": {},
    "Handle.[iterator]": {},
    "Handle.toString": {},
    "TimerHandle.when": {},
    "TimerHandle.cancel": {},
    "new Task": { coroutine: kind(main, ["what to run", "a coroutine"]), loop: aLoop, options: taskOptions },
    "Task.getName": {},
    "Task.setName": { name: anything("Other values are converted to strings") },
    "Task.getCoro": {},
    "Task.getContext": {},
    "Task.getStack": {},
    "Task.running": {},
    "Task.isPending": {},
    "Task.cancel": { message: aMessage },
    "Task.cancelling": {},
    "Task.uncancel": {},
    "Task.setResult": { _value: kind(() => 1) },
    "Task.setException": { _exception: kind(() => new Error("right")) },
    "Task.toString": {},
  },
  waiting: ["new Future"],
};

export const LOOPS: Area = {
  receivers: {
    EventLoop: () => getRunningLoop(),
    LoopInContext: () => getRunningLoop().inContext(copyContext()),
    DefaultEventLoopPolicy: () => new DefaultEventLoopPolicy(),
    EventLoopPolicy: () => new DefaultEventLoopPolicy(),
  },
  rows: {
    "new EventLoop": { options: options(loopOptions) },
    "EventLoop.slowCallbackDuration =": { value: milliseconds("After how many milliseconds") },
    "EventLoop.isRunning": {},
    "EventLoop.isClosed": {},
    "EventLoop.close": {},
    "EventLoop.time": {},
    "EventLoop.callSoon": {
      callback: aFunction("Calls `callback`"),
      args: anything("what `callback` is called with"),
    },
    "EventLoop.callSoonThreadsafe": { callback: aFunction("As `callSoon`"), args: anything("As `callSoon`") },
    "EventLoop.callLater": {
      delayMs: milliseconds("zero and less mean the next turn, Infinity never"),
      callback: aFunction("Calls `callback`"),
      args: anything("what `callback` is called with"),
    },
    "EventLoop.callAt": {
      whenMs: milliseconds("As `callLater`"),
      callback: aFunction("As `callLater`"),
      args: anything("As `callLater`"),
    },
    "EventLoop.inContext": { context: aContext },
    "LoopInContext.callSoon": {
      callback: aFunction("As `EventLoop.callSoon`"),
      args: anything("As `EventLoop.callSoon`"),
    },
    "LoopInContext.callSoonThreadsafe": {
      callback: aFunction("As `EventLoop.callSoonThreadsafe`"),
      args: anything("As `EventLoop.callSoonThreadsafe`"),
    },
    "LoopInContext.callLater": {
      delayMs: milliseconds("As `EventLoop.callLater`"),
      callback: aFunction("As `EventLoop.callLater`"),
      args: anything("As `EventLoop.callLater`"),
    },
    "LoopInContext.callAt": {
      whenMs: milliseconds("As `EventLoop.callAt`"),
      callback: aFunction("As `EventLoop.callAt`"),
      args: anything("As `EventLoop.callAt`"),
    },
    "EventLoop.addSignalHandler": {
      signal: kind(() => "SIGUSR2"),
      callback: kind(() => () => 1, ["Calls `callback`", "() => 1", "an Error class"]),
      args: anything("what `callback` is called with"),
    },
    "EventLoop.removeSignalHandler": { signal: kind(() => "SIGUSR2") },
    "EventLoop.createFuture": {},
    "EventLoop.createTask": { coroutine: aStartable, options: taskOptions },
    "EventLoop.sleep": {
      delayMs: milliseconds("The module's `sleep`"),
      result: anything("The module's `sleep`"),
    },
    "EventLoop.setTaskFactory": {
      factory: kind(() => null, ["what makes the tasks", "null", ...FUNCTIONS]),
    },
    "EventLoop.getTaskFactory": {},
    "EventLoop.shutdownAsyncgens": {},
    "EventLoop.setNetwork": {
      network: kind(() => new SimulatedNetwork(), ["null for the host's", "null"]),
    },
    "EventLoop.setExceptionHandler": {
      handler: kind(() => null, ["what gets uncaught exceptions", "null", ...FUNCTIONS]),
    },
    "EventLoop.getExceptionHandler": {},
    "EventLoop.callExceptionHandler": { context: anExceptionContext("an object with a message") },
    "EventLoop.defaultExceptionHandler": { context: anExceptionContext("The context is an object") },
    "EventLoop.setDebug": { enabled: aBoolean("Turns debug mode on or off") },
    "EventLoop.getDebug": {},
    "EventLoop.toString": {},
    "new DefaultEventLoopPolicy": {},
    "EventLoopPolicy.getEventLoop": {},
    "EventLoopPolicy.setEventLoop": { loop: kind(() => null, ["null for none", "null"]) },
    "EventLoopPolicy.newEventLoop": { options: options(loopOptions) },
    "DefaultEventLoopPolicy.getEventLoop": {},
    "DefaultEventLoopPolicy.setEventLoop": { loop: kind(() => null, ["null for none", "null"]) },
    "DefaultEventLoopPolicy.newEventLoop": { options: options(loopOptions) },
    getEventLoop: {},
    getEventLoopPolicy: {},
    newEventLoop: { options: options(loopOptions) },
    setEventLoop: { loop: kind(() => null, ["null for none", "null"]) },
    setEventLoopPolicy: { newPolicy: kind(() => null, ["null for the default one", "null"]) },
    currentTask: { loop: aLoop },
    getRunningLoop: {},
    trackAsyncgen: { generator: kind(items), loop: aLoop },
  },
  waiting: ["EventLoop.sleep"],
  after: () => {
    setEventLoopPolicy(null);
  },
};

async function* items(): AsyncGenerator<number, void, undefined> {
  yield 1;
}

function anExceptionContext(words: string): Kind {
  return kind(() => ({ message: "right" }), [words, ...OBJECTS]);
}

const aMain = kind(() => main, ["a coroutine", "a coroutine", ...FUNCTIONS]);
const outsideLoopOptions = { ...loopOptions, host: kind(() => hostOutside()) };

function hostOutside() {
  return new EventLoop().scheduler.host;
}

function stoppedLoop(): EventLoop {
  const loop = newEventLoop();
  loop.setExceptionHandler(() => {});
  loop.stop();
  return loop;
}

function onVirtualClock(): Runner {
  return new Runner({ clock: new VirtualClock() });
}

export const RUNNERS: Area = {
  receivers: { EventLoop: stoppedLoop, Runner: () => new Runner(), "Runner.runSync": onVirtualClock },
  rows: {
    "EventLoop.runForever": {},
    "EventLoop.runUntilComplete": {
      awaitable: kind(main, [
        "Runs until a future is done, or a coroutine or a function",
        "a coroutine",
        "a promise",
        ...FUNCTIONS,
      ]),
    },
    "EventLoop.runSync": { awaitable: kind(main) },
    "EventLoop.stop": {},
    "new Runner": {
      options: options({ ...outsideLoopOptions, loopFactory: aFunction("Makes the loop") }),
    },
    "Runner.getLoop": {},
    "Runner.run": { main: aMain, options: options({ context: aContext }) },
    "Runner.runSync": {
      main: kind(main, ["a coroutine or a coroutine function", "a coroutine", "function*"]),
      options: options({ context: aContext }),
    },
    "Runner.close": {},
    "Runner.closeSync": {},
    "Runner.[asyncDispose]": {},
    run: {
      main: aMain,
      options: options({ ...outsideLoopOptions, loopFactory: kind(() => () => newEventLoop()) }),
    },
    runSync: {
      main: kind(() => main, ["a coroutine or a coroutine function", "a coroutine", "function*"]),
      options: {
        ...options({
          ...outsideLoopOptions,
          clock: required(loopOptions.clock),
          loopFactory: kind(() => () => newEventLoop({ clock: new VirtualClock() })),
        }),
        right: () => ({ clock: new VirtualClock() }),
        taken: [],
      },
    },
    "setEventLoop (outside)": { loop: kind(() => newEventLoop(), ["null for none", "null"]) },
    setModule: { module: kind(() => ({})) },
    provideHost: { factory: aFunction("Sets which host this is") },
  },
  outside: [
    "EventLoop.runForever",
    "EventLoop.runUntilComplete",
    "EventLoop.runSync",
    "EventLoop.stop",
    "new Runner",
    "Runner.getLoop",
    "Runner.run",
    "Runner.runSync",
    "Runner.close",
    "Runner.closeSync",
    "Runner.[asyncDispose]",
    "run",
    "runSync",
    "setModule",
    "provideHost",
  ],
  after: () => {
    setEventLoop(null);
    provideHost(nodeHost({ name: "node", network: nodeNetwork }));
  },
};
