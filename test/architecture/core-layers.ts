/**
 * Owns the order of the files of src/core, from the bottom to the top. A file imports what stands before it, be it a value
 * or a type, so that there is no circle; what lies above and is needed below is handed down by a `provide` of the lower file,
 * or known there by an interface of its own.
 */

/** What a layer may import are the layers below it, and of itself what stands further to the left. */
const LAYERS: readonly (readonly string[])[] = [
  // Known without any loop: errors and checks, context variables, the instance of WebAssembly, the host's async context.
  ["binary", "errors", "checks", "interrupt", "context", "cancel-signals", "unclaimed", "outsiders"],
  ["wasm", "async-context", "hosts", "ctrl-c", "task-options"],
  // One loop's batches, and which loop is running.
  ["reporting", "failures", "steps", "scheduler", "running", "leases"],
  // What can be waited for, and what is called.
  ["coroutine", "done-callback", "future", "handle", "sleep", "calls", "signals"],
  // What takes steps, and whose they are.
  ["bad-wait", "out-of-reach", "scope", "cancellation", "stepper", "current", "swallow", "task"],
  // From any awaitable to a future; async functions.
  [
    "ensure",
    "asyncgens",
    "async/resumption",
    "async/strand",
    "async/await",
    "async/async-task",
    "async/perform",
  ],
  // The face of it all: when it runs, what a user sees, which loop there is, a whole program.
  ["exceptions", "pacing", "executor", "loop", "policy", "runner"],
];

/** The one arrow that goes up, of a type: whoever has a future may ask it for its loop. */
const UP = ["scheduler", "loop"] as const;

const FOLDER = "src/core/";
const ORDER = LAYERS.flat();

const rank = (path: string) => ORDER.indexOf(path.slice(FOLDER.length, -".ts".length));

/** Why a file of src/core must not import another, or undefined. */
export function whyNotInCore(from: string, to: string, isType: boolean): string | undefined {
  if (!from.startsWith(FOLDER) || !to.startsWith(FOLDER)) return undefined;
  if (rank(from) < 0) return `give it its place in test/architecture/core-layers.ts`;
  if (isType && from === `${FOLDER}${UP[0]}.ts` && to === `${FOLDER}${UP[1]}.ts`) return undefined;
  return rank(to) < rank(from) ? undefined : `${to} does not lie below it`;
}
