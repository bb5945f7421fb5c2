/**
 * Owns one direction between two hosts: how long it takes, what it loses, and whether it is cut. Knows nothing of what is sent.
 */
import { checkFinite, readOptions, wrongArgument } from "../../core/checks.ts";
import type { SeededRandom } from "../random.ts";

/** What a link does to what is sent over it. What is left out stays as it is. */
export interface LinkOptions {
  /** How long it takes, in milliseconds: always as long, or from the first to the second; by default 0.2 to 2. */
  readonly latencyMs?: number | readonly [leastMs: number, mostMs: number] | undefined;
  /** How many bytes leave in a second; by default there is no limit. */
  readonly bandwidthBytesPerSecond?: number | undefined;
  /**
   * Which share is lost, 0 to 1; by default 0. A lost datagram never comes. A part of a connection's stream is sent again after
   * a while, as TCP does, and what follows it waits.
   */
  readonly loss?: number | undefined;
  /** Which share of datagrams is overtaken by later ones, 0 to 1; by default 0. A stream stays in order. */
  readonly reorder?: number | undefined;
}

/** What a link does, checked and whole. */
export interface LinkSettings {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly bytesPerMs: number;
  readonly loss: number;
  readonly reorder: number;
}

export const DEFAULT_LINK: LinkSettings = {
  leastMs: 0.2,
  mostMs: 2,
  bytesPerMs: Number.POSITIVE_INFINITY,
  loss: 0,
  reorder: 0,
};

/** How long a sender waits before it sends again, beside the time that the way takes: Linux's least. */
const PATIENCE_MS = 200;

/** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE. */
export function readLink(
  caller: string,
  options: LinkOptions | undefined,
  before: LinkSettings,
): LinkSettings {
  const names = ["latencyMs", "bandwidthBytesPerSecond", "loss", "reorder"] as const;
  const { latencyMs, bandwidthBytesPerSecond, loss, reorder } = readOptions(caller, options, names);
  const [leastMs, mostMs] =
    latencyMs === undefined ? [before.leastMs, before.mostMs] : latencyOf(caller, latencyMs);
  return {
    leastMs,
    mostMs,
    bytesPerMs:
      bandwidthBytesPerSecond === undefined
        ? before.bytesPerMs
        : bandwidthOf(caller, bandwidthBytesPerSecond) / 1000,
    loss: loss === undefined ? before.loss : shareOf(caller, "loss", loss),
    reorder: reorder === undefined ? before.reorder : shareOf(caller, "reorder", reorder),
  };
}

function latencyOf(caller: string, latencyMs: unknown): readonly [leastMs: number, mostMs: number] {
  const needs = "a latencyMs, 0 or more, or two of them, the smaller one first,";
  const [least, most, ...rest] = Array.isArray(latencyMs) ? latencyMs : [latencyMs, latencyMs];
  const leastMs = checkFinite(caller, needs, least);
  const mostMs = checkFinite(caller, needs, most);
  if (leastMs < 0 || mostMs < leastMs || rest.length > 0)
    throw wrongArgument(caller, needs, latencyMs, "ERR_ARGUMENT_VALUE");
  return [leastMs, mostMs];
}

function bandwidthOf(caller: string, bytesPerSecond: unknown): number {
  const needs = "a bandwidthBytesPerSecond above 0";
  if (bytesPerSecond === Number.POSITIVE_INFINITY) return bytesPerSecond;
  const value = checkFinite(caller, needs, bytesPerSecond);
  if (value > 0) return value;
  throw wrongArgument(caller, needs, value, "ERR_ARGUMENT_VALUE");
}

function shareOf(caller: string, name: string, share: unknown): number {
  const needs = `a ${name} of 0 to 1`;
  const value = checkFinite(caller, needs, share);
  if (value >= 0 && value <= 1) return value;
  throw wrongArgument(caller, needs, value, "ERR_ARGUMENT_VALUE");
}

export class Link {
  settings: LinkSettings;
  /** A partition is between the two hosts. */
  isCut = false;
  readonly #random: SeededRandom;
  /** When what was sent so far has left. */
  #freeMs = 0;
  /** When the latest datagram arrives. */
  #datagramMs = 0;

  constructor(random: SeededRandom, settings: LinkSettings) {
    this.#random = random;
    this.settings = settings;
  }

  /** When so many bytes have left that are sent now, after those before them. */
  leaveMs(nowMs: number, sizeBytes: number): number {
    const { bytesPerMs } = this.settings;
    if (bytesPerMs === Number.POSITIVE_INFINITY) return nowMs;
    const startMs = this.#freeMs > nowMs ? this.#freeMs : nowMs;
    this.#freeMs = startMs + sizeBytes / bytesPerMs;
    return this.#freeMs;
  }

  /** How long the way takes this time. */
  latencyMs(): number {
    const { leastMs, mostMs } = this.settings;
    return leastMs === mostMs ? leastMs : leastMs + this.#random.next() * (mostMs - leastMs);
  }

  isLost(): boolean {
    const { loss } = this.settings;
    return loss > 0 && this.#random.next() < loss;
  }

  /** When a datagram arrives that leaves then: after those before it, unless it is one that is overtaken. */
  datagramArrivalMs(leaveMs: number): number {
    const { reorder, mostMs } = this.settings;
    const arrivalMs = leaveMs + this.latencyMs();
    if (reorder > 0 && this.#random.next() < reorder)
      return arrivalMs + (1 + this.#random.next()) * Math.max(mostMs, 1);
    if (arrivalMs > this.#datagramMs) this.#datagramMs = arrivalMs;
    return this.#datagramMs;
  }

  /** After how long without an answer the sender sends again, for the first time; each time it waits twice as long. */
  get patienceMs(): number {
    return PATIENCE_MS + 2 * this.settings.mostMs;
  }

  /** Forgets what is under way: the loop's clock is another. */
  restart(): void {
    this.#freeMs = 0;
    this.#datagramMs = 0;
  }
}
