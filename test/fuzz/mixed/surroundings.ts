// What a mixed program has around it that is none of the loop's business, or may be: macrotasks, emitters, the task it is in.
// Must not know ops.

import { currentTask, type Task } from "wasyncio";

export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Calls a listener as an emitter does. */
export function emit(listener: () => void): void {
  const target = new EventTarget();
  target.addEventListener("happened", listener);
  target.dispatchEvent(new Event("happened"));
}

/** The task that this code is in, where that can be told. */
export function taskHere(): Task<unknown> | null {
  try {
    return currentTask();
  } catch {
    return null;
  }
}
