/**
 * Owns the twin's face: all that assembly/index.ts exports, by methods of one object. Here are the channels and the turn,
 * the counterparts of assembly/interest.ts and assembly/turn.ts; the rest comes from the layers below.
 * Knows nothing of the package around it.
 */
import { KIND_CHANNEL, KIND_HANDLE } from "../../assembly/abi.ts";
import type { CoreExports } from "../../src/core/wasm.ts";
import { CHANNEL_CLOSED, CHANNEL_IDLE, CHANNEL_QUEUED, HANDLE_QUEUED, recordOf, trap } from "./arena.ts";
import { Futures } from "./futures.ts";

const BITS_MASK = 0xff;
const WANTED_SHIFT = 16;
const READY_SHIFT = 24;

/** A core in plain JavaScript, which does what the release build of the WebAssembly core does. */
export class TwinCalls extends Futures implements CoreExports {
  // ── The turn ────────────────────────────────────────────────────────────────────────────────────────────────────

  turn(nowMs: number, ran: number): number {
    this.readyRelease(ran);
    this.timersExpire(nowMs);
    return this.readyCount();
  }

  handleQueue(): number {
    const slot = this.slotTake(KIND_HANDLE, HANDLE_QUEUED);
    this.readyPushLast(slot);
    return slot;
  }

  // ── Channels ────────────────────────────────────────────────────────────────────────────────────────────────────

  channelOpen(): number {
    return this.slotTake(KIND_CHANNEL, CHANNEL_IDLE);
  }

  channelWant(slot: number, bits: number): void {
    const { words } = this;
    const channel = recordOf(slot);
    words[channel] = (words[channel] & ~(BITS_MASK << WANTED_SHIFT)) | ((bits & BITS_MASK) << WANTED_SHIFT);
    this.queueWhereTheyMeet(slot, channel);
  }

  channelReady(slot: number, bits: number): void {
    const channel = recordOf(slot);
    this.words[channel] |= (bits & BITS_MASK) << READY_SHIFT;
    this.queueWhereTheyMeet(slot, channel);
  }

  channelTake(slot: number): number {
    const channel = recordOf(slot);
    const state = this.stateOf(channel);
    if (state === CHANNEL_CLOSED) {
      this.slotGive(slot, KIND_CHANNEL);
      return 0;
    }
    if (state !== CHANNEL_QUEUED) trap();
    this.stateSet(channel, CHANNEL_IDLE);
    const met = this.metOf(channel);
    this.words[channel] &= ~(met << READY_SHIFT);
    return met;
  }

  channelClose(slot: number): number {
    const channel = recordOf(slot);
    if (this.stateOf(channel) !== CHANNEL_IDLE) {
      this.stateSet(channel, CHANNEL_CLOSED);
      return 0;
    }
    this.slotGive(slot, KIND_CHANNEL);
    return 1;
  }

  /** Bytes that the tables have; what the engine needs for the objects around them comes on top. */
  get tableBytes(): number {
    return this.arenaBytes + this.ringBytes + this.heapBytes;
  }

  private metOf(channel: number): number {
    const word = this.words[channel];
    return (word >>> WANTED_SHIFT) & (word >>> READY_SHIFT) & BITS_MASK;
  }

  private queueWhereTheyMeet(slot: number, channel: number): void {
    if (this.stateOf(channel) !== CHANNEL_IDLE || this.metOf(channel) === 0) return;
    this.stateSet(channel, CHANNEL_QUEUED);
    this.readyPush(slot);
  }
}
