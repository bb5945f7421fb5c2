/** Owns what the tests of processes share: the counting of children and descriptors, and ways to wait for what is asserted. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Bench, ioTest, until } from "../io/harness.ts";

/** The children of this process by the state that the system has for them, such as Z for one that nobody has reaped. */
export function childrenOf(pid: number = process.pid): { readonly pid: number; readonly state: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(Number(name));
      return stat?.parent === pid ? [{ pid: Number(name), state: stat.state }] : [];
    });
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in front, in parentheses, may hold anything.
    const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Whether there is such a process, and not only what nobody has reaped of it. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z";
}

export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** As `ioTest`; besides, no child and no descriptor may be left. */
export function processTest(
  name: string,
  body: (bench: Bench) => Generator<unknown, void, unknown>,
  timeoutMs?: number,
): void {
  ioTest(
    name,
    function* (bench) {
      const childrenBefore = childrenOf().map(({ pid }) => pid);
      const descriptorsBefore = descriptors();
      yield* body(bench);
      const left = () => childrenOf().filter(({ pid }) => !childrenBefore.includes(pid));
      yield* until("all processes are reaped", () => left().length === 0);
      yield* until("all descriptors are closed", () => descriptors() <= descriptorsBefore);
      expect(left()).toEqual([]);
    },
    timeoutMs,
  );
}

/** The codes that an operation may fail with. */
export function* codeOf(operation: Iterable<unknown>): Generator<unknown, unknown, unknown> {
  try {
    yield* operation;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return "no error";
}
