// Makes a failing program smaller for as long as it still fails.
//
// Owns the search (delta debugging over the tree of ops). Must not know what the ops mean, nor what failing
// is: every part of a program is a program, so whatever is left after cutting is tried as it is.

import type { Json } from "../oracle/oracle.ts";
import type { MixedProgram } from "./mixed/program.ts";
import type { Program } from "./program.ts";

/** What can be made smaller: a tree of ops, and a list of what can only be left out. */
type Shrinkable = Pick<Program, "main" | "objects"> | Pick<MixedProgram, "main" | "objects">;

/** Whether the program still shows what the whole one shows. */
export type StillFails<P extends Shrinkable> = (program: P) => boolean | Promise<boolean>;

type Node = { readonly [key: string]: Json | undefined };

/** Fields that an op can do without. */
const OPTIONAL = ["finally", "catch", "as", "context", "eager"];
/** Fields that only these ops can do without. */
const OPTIONAL_IN: Readonly<Record<string, readonly string[]>> = {
  message: ["cancel"],
  timeout: ["wait", "asCompleted"],
};

/** The smallest program that was found. It fails in the end as `program` did in the beginning. */
export async function shrink<P extends Shrinkable>(program: P, stillFails: StillFails<P>): Promise<P> {
  let smallest = program;
  for (;;) {
    const smaller = await firstThatFails(smallest, stillFails);
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
}

async function firstThatFails<P extends Shrinkable>(
  program: P,
  stillFails: StillFails<P>,
): Promise<P | undefined> {
  for (const candidate of candidates(program)) {
    if (await stillFails(candidate)) return candidate;
  }
  return undefined;
}

/** Every program that is one step smaller, the large steps first. */
export function* candidates<P extends Shrinkable>(program: P): Generator<P> {
  for (const main of smallerValues(program.main as unknown as Json)) {
    yield { ...program, main: main as unknown as P["main"] };
  }
  for (let index = 0; index < program.objects.length; index++) {
    yield { ...program, objects: program.objects.filter((_, other) => other !== index) };
  }
}

function* smallerValues(value: Json | undefined): Generator<Json> {
  if (Array.isArray(value)) yield* smallerLists(value);
  else if (typeof value === "object" && value !== null) yield* smallerNodes(value as Node);
  else if (typeof value === "number") yield* smallerNumbers(value);
}

/** Without a run of items (half of them, a quarter, ... one), with an item hoisted, with an item smaller. */
function* smallerLists(list: readonly Json[]): Generator<Json> {
  for (let size = list.length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start + size <= list.length; start += size) {
      yield [...list.slice(0, start), ...list.slice(start + size)];
    }
  }
  for (const [index, item] of list.entries()) {
    const around = (items: readonly Json[]): Json => [
      ...list.slice(0, index),
      ...items,
      ...list.slice(index + 1),
    ];
    for (const body of bodies(item)) yield around(body);
    for (const smaller of smallerValues(item)) yield around([smaller]);
  }
}

/** The lists of ops within an op, any of which may take its place. What is no op stands where no op may. */
function bodies(item: Json): (readonly Json[])[] {
  if (!isOp(item)) return [];
  return Object.values(item).filter(
    (field) => Array.isArray(field) && field.some(isOp),
  ) as (readonly Json[])[];
}

function isOp(item: Json): item is Node {
  return typeof item === "object" && item !== null && "op" in item;
}

function* smallerNodes(node: Node): Generator<Json> {
  for (const key of Object.keys(node)) {
    if (!OPTIONAL.includes(key) && !OPTIONAL_IN[key]?.includes(String(node.op))) continue;
    const { [key]: _, ...rest } = node;
    // Of its two clauses a try needs one.
    if (node.op !== "try" || "catch" in rest || "finally" in rest) yield rest;
  }
  for (const [key, field] of Object.entries(node)) {
    for (const smaller of smallerValues(field)) yield { ...node, [key]: smaller };
  }
}

/** Towards the plainest numbers, and never back, so that the search comes to an end. */
function* smallerNumbers(value: number): Generator<Json> {
  for (const plain of [0, 1, 2]) {
    if (rank(plain) < rank(value)) yield plain;
  }
}

function rank(value: number): number {
  return Number.isInteger(value) && value >= 0 ? value : Number.MAX_SAFE_INTEGER;
}
