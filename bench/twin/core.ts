/**
 * Owns the twin of src/core/wasm.ts: the same exports, and a `Core` that has a TwinCalls in the place of a WebAssembly
 * instance. A build that puts this file where that one is imported (plugin.mjs) is the whole package on the twin.
 * Knows nothing of what the objects are, beyond that the scheduler can run them.
 */
import { SLOT_MASK } from "../../assembly/abi.ts";
import type { Runnable, Core as WasmCore } from "../../src/core/wasm.ts";
import { TwinCalls } from "./calls.ts";

// All but `Core`, which the class below hides.
export * from "../../src/core/wasm.ts";

/** One loop's core. */
export class Core implements Pick<WasmCore, keyof WasmCore> {
  readonly calls = new TwinCalls();
  /** The slots of the current batch, `length` of them; filled by `turn`. */
  readonly batch: number[] = [];
  readonly #objects: (Runnable | undefined)[] = [undefined];

  /** Begins the next turn and reads its batch. Answers the batch's length. */
  turn(nowMs: number, ran: number): number {
    const count = this.calls.turn(nowMs, ran);
    if (count !== 0) this.calls.readyCopy(this.batch, count);
    return count;
  }

  /** The object that an entry of the batch names. */
  objectAt(index: number): Runnable | undefined {
    return this.#objects[index];
  }

  attach(slot: number, object: Runnable): void {
    const index = slot & SLOT_MASK;
    // Without a gap, for an engine keeps an array that is written far past its end as a dictionary.
    while (index >= this.#objects.length) this.#objects.push(undefined);
    this.#objects[index] = object;
  }

  detach(slot: number): void {
    this.#objects[slot & SLOT_MASK] = undefined;
  }

  /** Every object that holds a slot at the moment. */
  objects(): Runnable[] {
    return this.#objects.filter((object) => object !== undefined);
  }

  /** Lets all objects go, when the loop is closed. */
  dispose(): void {
    for (const object of this.#objects) object?.abandoned?.();
    this.#objects.length = 0;
  }

  /** Bytes of typed arrays this core has. */
  get memoryBytes(): number {
    return this.calls.tableBytes;
  }
}
