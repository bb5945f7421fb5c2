/**
 * Owns the WebAssembly instance of one loop and the objects that belong to its slots. The one file that touches
 * WebAssembly and linear memory; views on memory are derived here and nowhere else, since growth detaches them.
 * Knows nothing of what the objects are, beyond that the scheduler can run them.
 */
import {
  ABI_VERSION,
  CONTROL_ADDRESS,
  CONTROL_READY_BASE,
  CONTROL_READY_HEAD,
  CONTROL_READY_MASK,
  SLOT_MASK,
} from "../../assembly/abi.ts";
import { ArgumentError, describe, LoopError } from "./errors.ts";

export {
  CANCELLED,
  END_CANCEL,
  END_RAISE,
  END_RETURN,
  FINISHED,
  HANGUP,
  KIND_CHANNEL,
  KIND_FUTURE,
  KIND_HANDLE,
  KIND_TASK,
  KIND_TIMER,
  KINDS,
  NO_SLOT,
  OUTCOME_BITS,
  OUTCOME_MASK,
  PENDING,
  READABLE,
  STEP_CANCEL,
  WRITABLE,
} from "../../assembly/abi.ts";

/** What the core's ready ring may name: something that takes its turn. */
export interface Runnable {
  run(): void;
  /** It enters a scope of its own, in the host's async context. */
  readonly entersScope?: boolean;
  /** The loop was closed: its turn will never come. Must not throw. */
  abandoned?(): void;
}

/** The core's exports, as `assembly/index.ts` has them. */
export interface CoreExports {
  turn(nowMs: number, ran: number): number;
  handleQueue(): number;
  timerStart(deadlineMs: number): number;
  timerCancel(slot: number): number;
  timerDeadlineMs(slot: number): number;
  nextDeadlineMs(): number;
  futureOpen(guarded: number): number;
  futureSettle(slot: number): void;
  futureDrop(slot: number): void;
  callbackAdd(slot: number): number;
  callbackRemove(slot: number, callback: number): void;
  taskStart(guarded: number, eager: number): number;
  taskStep(slot: number): number;
  taskYield(slot: number): void;
  taskWait(slot: number, awaiting: number): number;
  taskEnd(slot: number, how: number, calls: number): number;
  taskCancel(slot: number): number;
  taskCancelKeep(slot: number): void;
  taskCancelPassed(slot: number): void;
  taskCancelDue(slot: number): number;
  taskInterrupt(slot: number, cancel: number): void;
  taskCancelling(slot: number): number;
  taskUncancel(slot: number): number;
  channelOpen(): number;
  channelWant(slot: number, bits: number): void;
  channelReady(slot: number, bits: number): void;
  channelTake(slot: number): number;
  channelClose(slot: number): number;
  slotsCapacity(): number;
  slotsLive(kind: number): number;
  /** The debug build's walk over its invariants: 0, or the number of the rule that is broken. */
  check?(): number;
}

const CONTROL_WORD = CONTROL_ADDRESS >> 2;

let moduleSource: (() => WebAssembly.Module) | undefined;
let compiled: WebAssembly.Module | undefined;

/** Tells where the core's module comes from. Each entry point does so; it is asked when the first loop is made. @internal */
export function provideCoreModule(source: () => WebAssembly.Module): void {
  moduleSource = source;
  compiled = undefined;
}

/**
 * Gives the core as a module that the embedder has compiled, from the package's `core.wasm`: where bytes must not be
 * compiled, or where one module is shared by many workers. Loops that are made from now on use it.
 *
 * @param module - a WebAssembly.Module of `wasyncio/core.wasm`, of this version of the package.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for what is no module; LoopError ERR_CORE_VERSION for a module that does not
 * belong to this version, ERR_WEBASSEMBLY_MISSING where there is no WebAssembly.
 *
 * @example
 * ```ts
 * import coreModule from "wasyncio/core.wasm";
 * setModule(coreModule);
 * ```
 */
export function setModule(module: object): void {
  mustHaveWebAssembly();
  let core: WebAssembly.Module;
  try {
    // Not `instanceof`: a module may come from another realm.
    WebAssembly.Module.imports(module as WebAssembly.Module);
    core = module as WebAssembly.Module;
  } catch {
    throw new ArgumentError(
      "ERR_ARGUMENT_TYPE",
      `setModule needs a WebAssembly.Module, got ${describe(module)}; compile the package's core.wasm first`,
    );
  }
  instantiate(core);
  provideCoreModule(() => core);
}

/** Compiles the core from its bytes, synchronously. @internal */
export function compileCore(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  mustHaveWebAssembly();
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw forbidden(cause);
  }
}

/**
 * The core's bytes, from two hexadecimal digits each. Compressed, as they are on their way to a page, these are a fifth smaller
 * than base64, in which the same bytes look different at every third place. The engine decodes them in a tenth of the time
 * where it can, which `lib` does not know of yet. @internal
 */
export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as unknown as { fromHex?: (hex: string) => Uint8Array<ArrayBuffer> };
  if (fromHex !== undefined) return fromHex.call(Uint8Array, hex);
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function mustHaveWebAssembly(): void {
  if (typeof WebAssembly === "object") return;
  throw new LoopError(
    "ERR_WEBASSEMBLY_MISSING",
    "this host has no WebAssembly, which the event loop needs; enable it (locked-down browsers and " +
      "node --jitless disable it), or run on another host",
  );
}

/** The core's bytes are valid: a host that refuses them does not allow any to be compiled. */
function forbidden(cause: unknown): LoopError {
  return new LoopError(
    "ERR_WEBASSEMBLY_FORBIDDEN",
    "the host does not allow WebAssembly to be compiled here; in a page, add 'wasm-unsafe-eval' to script-src in its " +
      "Content-Security-Policy; elsewhere, pass a compiled module of wasyncio/core.wasm to setModule()",
    { cause },
  );
}

/** An instance of the core, of the version that this side knows. */
function instantiate(module: WebAssembly.Module): Record<string, unknown> {
  let exports: Record<string, unknown> = {};
  let cause: unknown;
  try {
    exports = new WebAssembly.Instance(module).exports;
  } catch (error) {
    // WebKit compiles only now, and so refuses only now.
    if (error instanceof WebAssembly.CompileError) throw forbidden(error);
    cause = error;
  }
  const version = (exports.ABI_VERSION as { readonly value?: unknown } | undefined)?.value;
  if (version === ABI_VERSION) return exports;
  const found = version === undefined ? "is not a wasyncio core" : `has version ${version}`;
  throw new LoopError(
    "ERR_CORE_VERSION",
    `the WebAssembly module ${found}, and this package needs version ${ABI_VERSION}; take core.wasm from the same ` +
      "version of the package",
    { cause },
  );
}

/** One loop's core. */
export class Core {
  readonly calls: CoreExports;
  /** The slots of the current batch, `length` of them; filled by `turn`. */
  readonly batch: number[] = [];
  readonly #objects: (Runnable | undefined)[] = [undefined];
  readonly #memory: WebAssembly.Memory;
  #words: Int32Array;

  constructor() {
    if (moduleSource === undefined) {
      throw new LoopError(
        "ERR_CORE_MISSING",
        "no WebAssembly core was provided; import the package by its name, not a file inside it",
      );
    }
    compiled ??= moduleSource();
    const exports = instantiate(compiled);
    // The exports object itself is a dictionary to the engine; from a plain object the calls are found much faster.
    this.calls = { ...exports } as unknown as CoreExports;
    this.#memory = exports.memory as WebAssembly.Memory;
    this.#words = new Int32Array(this.#memory.buffer);
  }

  /** Begins the next turn and reads its batch. Answers the batch's length. */
  turn(nowMs: number, ran: number): number {
    const count = this.calls.turn(nowMs, ran);
    if (count === 0) return 0;
    // A view whose memory has grown is detached, and then its length is 0.
    if (this.#words.length === 0) this.#words = new Int32Array(this.#memory.buffer);
    const words = this.#words;
    const base = (words[CONTROL_WORD + CONTROL_READY_BASE] as number) >>> 2;
    const mask = words[CONTROL_WORD + CONTROL_READY_MASK] as number;
    const head = words[CONTROL_WORD + CONTROL_READY_HEAD] as number;
    const batch = this.batch;
    for (let i = 0; i < count; i++) batch[i] = (words[base + ((head + i) & mask)] as number) & SLOT_MASK;
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

  /** Bytes of linear memory this core has. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }
}
