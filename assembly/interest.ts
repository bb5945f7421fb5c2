/**
 * Owns the interest table: for each I/O channel, which readiness is wanted and which is present. Where the two overlap, the
 * channel joins the ready ring.
 * Knows nothing of sockets, bytes or hosts.
 */
import { KIND_CHANNEL, SLOT_MASK } from "./abi";
import { recordOf, slotGive, slotTake, stateOf, stateSet } from "./arena";
import { readyPush } from "./ready";
import { ChannelRecord, Slot, State } from "./records";

function channelOf(slot: Slot): ChannelRecord {
  const record = recordOf(slot);
  if (CHECKED) {
    const state = stateOf(record);
    assert(state >= State.CHANNEL_IDLE && state <= State.CHANNEL_CLOSED);
  }
  return changetype<ChannelRecord>(record);
}

export function channelOpen(): Slot {
  return slotTake(KIND_CHANNEL, State.CHANNEL_IDLE);
}

/** From now on these readiness bits are wanted, and no others. */
export function channelWant(slot: Slot, bits: u32): void {
  channelOf(slot).wanted = <u8>bits;
  queueWhereTheyMeet(slot);
}

/** These readiness bits are present as well. */
export function channelReady(slot: Slot, bits: u32): void {
  channelOf(slot).ready |= <u8>bits;
  queueWhereTheyMeet(slot);
}

/** The channel's turn has come: returns what is both wanted and present, which counts as used up. */
export function channelTake(slot: Slot): u32 {
  const channel = channelOf(slot);
  const state = stateOf(channel);
  if (state == State.CHANNEL_CLOSED) {
    slotGive(slot & SLOT_MASK, KIND_CHANNEL);
    return 0;
  }
  assert(state == State.CHANNEL_QUEUED);
  stateSet(channel, State.CHANNEL_IDLE);
  const met = channel.wanted & channel.ready;
  channel.ready &= ~met;
  return met;
}

/** Ends the channel. One that is in the ready ring keeps its slot until its turn, so that nothing else runs in it. */
export function channelClose(slot: Slot): bool {
  const channel = channelOf(slot);
  if (stateOf(channel) != State.CHANNEL_IDLE) {
    stateSet(channel, State.CHANNEL_CLOSED);
    return false;
  }
  slotGive(slot & SLOT_MASK, KIND_CHANNEL);
  return true;
}

function queueWhereTheyMeet(slot: Slot): void {
  const channel = channelOf(slot);
  if (stateOf(channel) != State.CHANNEL_IDLE) return;
  if (!(channel.wanted & channel.ready)) return;
  stateSet(channel, State.CHANNEL_QUEUED);
  readyPush(slot);
}
