/**
 * Owns the token: a schedule as a short text that can be pasted, with a fingerprint of the program that it belongs to.
 *
 *   wt1-<program>-<run>-<seed>-<departures>-<faults>-<checksum>
 *
 * Numbers are in base 36. `program` and `run` are fingerprints of what ran when: in the loop's own order, and under the schedule. A departure is turn.from.to, where the turn counts from the one before; a fault is c<task>.<wait> or
 * d<task>.<wait> for a cancellation at the start or the end of a wait, and j or s with turn.ms. They are separated by `_`.
 */
import { checkString } from "../core/checks.ts";
import { ReplayError } from "./errors.ts";
import type { Departure, Fault, Schedule } from "./schedule.ts";

const VERSION = "wt1";

/** FNV-1a, 32 bits. */
export function hashOf(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** What a token says. */
export interface Told {
  /** What ran when in the loop's own order, as a number; and under the schedule. */
  readonly program: number;
  readonly run: number;
  readonly schedule: Schedule;
}

/** The token of a schedule. */
export function tokenOf({ program, run, schedule: { seed, departures, faults } }: Told): string {
  let last = 0;
  const moves = departures.map(({ turn, from, to }) => {
    const since = turn - last;
    last = turn;
    return `${inText(since)}.${inText(from)}.${inText(to)}`;
  });
  const body = [
    VERSION,
    inText(program),
    inText(run),
    inText(seed),
    moves.join("_"),
    faults.map(faultInText).join("_"),
  ].join("-");
  return `${body}-${inText(hashOf(body))}`;
}

/** What a token says. @throws ArgumentError ERR_ARGUMENT_TYPE; ReplayError ERR_TOKEN_INVALID, ERR_TOKEN_VERSION. */
export function readToken(caller: string, token: unknown): Told {
  const text = checkString(caller, "a token", token).trim();
  const parts = text.split("-");
  const [version, program, run, seed, moves, faults, checksum] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (/^wt\d+$/.test(version) && version !== VERSION) {
    throw new ReplayError(
      "ERR_TOKEN_VERSION",
      `${caller}: the token was made by another version of wasyncio, whose tokens begin with ${version} and not with ` +
        `${VERSION}; explore the program again for a new one`,
    );
  }
  const body = text.slice(0, text.lastIndexOf("-"));
  if (version !== VERSION || parts.length !== 7 || checksum !== inText(hashOf(body))) {
    throw new ReplayError(
      "ERR_TOKEN_INVALID",
      `${caller}: '${text.slice(0, 80)}' is not a token, or a part of it is missing; paste the whole of what the error says`,
    );
  }
  let turn = 0;
  const departures: Departure[] = list(moves).map((move) => {
    const [since, from, to] = numbers(move);
    turn += since as number;
    return { turn, from: from as number, to: to as number };
  });
  return {
    program: Number.parseInt(program, 36),
    run: Number.parseInt(run, 36),
    schedule: { seed: Number.parseInt(seed, 36), departures, faults: list(faults).map(faultOf) },
  };
}

function faultInText(fault: Fault): string {
  if (fault.kind === "cancel")
    return `${fault.at === "start" ? "c" : "d"}${inText(fault.task)}.${inText(fault.wait)}`;
  return `${fault.kind === "jump" ? "j" : "s"}${inText(fault.turn)}.${inText(fault.ms)}`;
}

function faultOf(text: string): Fault {
  const [one, other] = numbers(text.slice(1)) as [number, number];
  switch (text[0]) {
    case "c":
      return { kind: "cancel", task: one, wait: other, at: "start" };
    case "d":
      return { kind: "cancel", task: one, wait: other, at: "end" };
    default:
      return { kind: text[0] === "j" ? "jump" : "slow", turn: one, ms: other };
  }
}

function list(text: string): string[] {
  return text === "" ? [] : text.split("_");
}

function numbers(text: string): number[] {
  return text.split(".").map((number) => Number.parseInt(number, 36));
}

function inText(number: number): string {
  return number.toString(36);
}
