/**
 * Owns how contenders and hosts look, the same in every chart: a colour, which the style sheet has for light and for dark, and
 * a symbol, since not everyone, and not every printer, can rely on colour.
 */
import type { SymbolType } from "@observablehq/plot";
import { OURS } from "../../results.ts";
import { EXPLORED, GENERATORS } from "../../workloads/workload.ts";

export interface Look {
  readonly color: string;
  readonly symbol: SymbolType;
}

const SYMBOLS: Readonly<Record<string, SymbolType>> = {
  [OURS]: "circle",
  twin: "diamond",
  [GENERATORS]: "asterisk",
  [EXPLORED]: "star",
  setImmediate: "square",
  queueMicrotask: "triangle",
  MessageChannel: "wye",
  setTimeout: "star",
  native: "cross",
  "node:net": "square",
  effect: "triangle2",
  "effect-all": "diamond2",
  effection: "hexagon",
  asyncio: "square2",
  uvloop: "times",
  "wasi-shim": "square",
  "node:wasi": "diamond",
};

const IN_TURN: readonly SymbolType[] = ["circle", "square", "triangle", "diamond", "star", "cross", "wye"];

const HOST_COLORS = 10;

export function lookOf(contender: string): Look {
  const slug = contender.replaceAll(/\W+/g, "-");
  return { color: `var(--contender-${slug}, var(--contender-other))`, symbol: SYMBOLS[contender] ?? "plus" };
}

/** By its place among the hosts. */
export function lookOfHost(at: number): Look {
  return {
    color: `var(--host-${at % HOST_COLORS})`,
    symbol: IN_TURN[at % IN_TURN.length] ?? "circle",
  };
}

/** What a kind of contender is, in words. */
export const KINDS: Readonly<Record<string, string>> = {
  ours: "this package",
  twin: "its core in JavaScript",
  sibling: "beside async functions",
  host: "the host’s own",
  peer: "a library",
  python: "CPython",
  wasi: "the core under WASI",
};
