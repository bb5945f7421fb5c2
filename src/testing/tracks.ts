/**
 * Owns what is known of the tasks of a run: which is which, how many steps each has taken, and how a run reads as a list of turns.
 * Tasks are counted in the order in which they first stand in a batch, so the same schedule counts them the same way on any host.
 */
import { Handle, TimerHandle } from "../core/handle.ts";
import { Task } from "../core/task.ts";
import type { Core, Runnable } from "../core/wasm.ts";
import { isStep, ownerOf } from "./batch.ts";

/** One task of a run. */
export interface Track {
  readonly number: number;
  readonly task: object;
  /** How it is called in traces; and by the program, if it has given it a name. */
  readonly name: string;
  readonly ownName: string;
  /** How many steps it has taken. */
  steps: number;
}

/** One turn of a run, for the trace. */
export interface TurnRecord {
  readonly turn: number;
  readonly timeMs: number;
  /** What ran, in this order; and in which order it had become ready. */
  readonly ran: readonly string[];
  readonly ready: readonly string[];
  /** What befell the run at its beginning. */
  readonly faults: readonly string[];
}

/** In the place of a name: what the loop has called for itself. */
export const LOOPS_OWN = "(callback)";
const DEFAULT_NAME = /^Task-\d+$/;

export class Tracks {
  readonly #tracks = new Map<object, Track>();

  /** The task whose step it is. */
  of(entry: Runnable): Track {
    const task = ownerOf(entry);
    let track = this.#tracks.get(task);
    if (track === undefined) {
      const number = this.#tracks.size + 1;
      const ownName = ownNameOf(task);
      track = { number, task, name: ownName || nameOf(task, number), ownName, steps: 0 };
      this.#tracks.set(task, track);
      // In messages too it is the one that it is in traces.
      if (ownName === "" && task instanceof Task) task.setName(`Task-${number}`);
    }
    return track;
  }

  get all(): readonly Track[] {
    return [...this.#tracks.values()];
  }

  /** The first `count` entries of the batch, in words, and in a form that does not depend on how functions are called. */
  read(core: Core, count: number): { names: string[]; kinds: string } {
    const names: string[] = [];
    let kinds = "";
    for (let place = 0; place < count; place++) {
      const entry = core.objectAt(core.batch[place] as number);
      if (entry === undefined) {
        kinds += "-";
        names.push("");
      } else if (isStep(entry)) {
        const { name, ownName, number } = this.of(entry);
        kinds += `s${number}${ownName}`;
        names.push(name);
      } else if (entry instanceof TimerHandle) {
        kinds += "t";
        names.push(`timer ${entry.callbackName}`);
      } else if (entry instanceof Handle) {
        kinds += "c";
        names.push(`callback ${entry.callbackName}`);
      } else {
        kinds += "o";
        names.push(entry.constructor.name === "Channel" ? "i/o" : LOOPS_OWN);
      }
    }
    return { names, kinds };
  }
}

/** The name that the program has given it. Those that tasks have by default count those of the whole process. */
function ownNameOf(task: object): string {
  const name = task instanceof Task ? task.getName() : "";
  return DEFAULT_NAME.test(name) ? "" : name;
}

function nameOf(task: object, number: number): string {
  const ofFunction = task instanceof Task ? task.coroutineName() : "coroutine";
  return ofFunction === "coroutine" ? `Task-${number}` : `Task-${number} (${ofFunction})`;
}
