/**
 * Owns a core without the package around it: its exports and its memory, for tests of the structures themselves. In the
 * project "twin" that is the JavaScript twin of bench/twin, which has no linear memory.
 * The numbers below say where assembly/ keeps things, once more: a layout that moves has to be moved here on purpose.
 */
import { readFileSync } from "node:fs";
import { CONTROL_ADDRESS, KINDS, SLOT_MASK } from "../../../assembly/abi.ts";
import { CoreTrap } from "../../../bench/twin/arena.ts";
import { TwinCalls } from "../../../bench/twin/calls.ts";
import type { CoreExports } from "../../../src/core/wasm.ts";

/** Fields of a record, in bytes from its start. */
export const STATE = 0;
export const GENERATION = 1;
export const POSITION = 4;
export const WAITERS = 4;
export const AWAITING = 8;
export const NEXT = 12;

export const STATE_FREE = 0;
export const STATE_HANDLE_QUEUED = 1;
export const STATE_TIMER_ARMED = 3;
export const STATE_TASK_READY = 6;
export const STATE_CHANNEL_IDLE = 9;
export const VISITED = 0x20;

const LIVE_COUNTS = 128;
const ARENA_DIRECTORY = 0x4000;
const HEAP_DIRECTORY = 0x8000;
const RECORD_SIZE = 16;
const ENTRY_SIZE = 16;
const PAGE_BITS = 12;
const HEAP_ROOT = 3;
/** Set in an entry of the ready ring whose slot is given back with it. */
export const RELEASE = 0x80000000;

const build = process.env.WASYNCIO_CORE;

export const isDebug = build === "debug";
const isTwin = build === "twin";

/** What a call that should never have been made throws. */
export const Trap = isTwin ? CoreTrap : WebAssembly.RuntimeError;

const module = isTwin
  ? undefined
  : new WebAssembly.Module(readFileSync(new URL(`../../../build/core.${build}.wasm`, import.meta.url)));

export interface RingEntry {
  readonly index: number;
  /** Its slot is given back with it. */
  readonly release: boolean;
}

export class RawCore {
  readonly calls: CoreExports;
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #twin: TwinCalls | undefined;

  constructor() {
    if (module === undefined) {
      this.#twin = new TwinCalls();
      this.calls = this.#twin;
    } else {
      const { exports } = new WebAssembly.Instance(module);
      this.calls = exports as unknown as CoreExports;
      this.#memory = exports.memory as WebAssembly.Memory;
    }
  }

  get memory(): WebAssembly.Memory {
    if (this.#memory === undefined) throw new Error("the twin has no linear memory");
    return this.#memory;
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  get memoryBytes(): number {
    return this.#twin?.tableBytes ?? this.memory.buffer.byteLength;
  }

  /** The number of the broken invariant, or 0; always 0 on the release build, which cannot tell. */
  check(): number {
    return this.calls.check?.() ?? 0;
  }

  live(): number[] {
    return Array.from({ length: KINDS }, (_, kind) => this.calls.slotsLive(kind));
  }

  /** The address of a slot's record. */
  recordAt(slot: number): number {
    const index = slot & SLOT_MASK;
    const page = this.view.getUint32(ARENA_DIRECTORY + ((index >> PAGE_BITS) << 2), true);
    return page + (index & ((1 << PAGE_BITS) - 1)) * RECORD_SIZE;
  }

  /** The address of a timer's entry in the heap, counted from the root. */
  heapEntryAt(place: number): number {
    const position = HEAP_ROOT + place;
    const page = this.view.getUint32(HEAP_DIRECTORY + ((position >> PAGE_BITS) << 2), true);
    return page + (position & ((1 << PAGE_BITS) - 1)) * ENTRY_SIZE;
  }

  /** The address of the counter of live slots of a kind. */
  liveCountAt(kind: number): number {
    return LIVE_COUNTS + kind * 4;
  }

  /** The address of the ready ring's entry so many places after the head, as of the last turn. */
  ringEntryAt(offset: number): number {
    const { view } = this;
    const base = view.getUint32(CONTROL_ADDRESS, true);
    const mask = view.getUint32(CONTROL_ADDRESS + 4, true);
    const head = view.getUint32(CONTROL_ADDRESS + 8, true);
    return base + ((head + offset) & mask) * 4;
  }

  /** The first `count` entries of the ready ring, as of the last turn. */
  ring(count: number): RingEntry[] {
    const twin = this.#twin;
    return Array.from({ length: count }, (_, offset) => {
      const entry = twin?.readyEntry(offset) ?? this.view.getUint32(this.ringEntryAt(offset), true);
      return { index: entry & SLOT_MASK, release: (entry & RELEASE) !== 0 };
    });
  }

  /** Begins a turn and answers the batch, as slot indices. */
  turn(nowMs: number, ran: number): number[] {
    return this.ring(this.calls.turn(nowMs, ran)).map(({ index }) => index);
  }
}
