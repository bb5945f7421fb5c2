/** `wasyncio/wasi` without the main entry, which is loaded later: it finds how the host runs programs. */
import { createSubprocessWasi } from "wasyncio/wasi";

export const ANSWER = ["ERR_NO_RUNNING_LOOP", "ENOEXEC"];

export default async function main(): Promise<string[]> {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const code = await codeOf(() => createSubprocessWasi(empty));
  const { run } = await import("wasyncio");
  return [code, await run(() => codeOf(() => createSubprocessWasi(empty)))];
}

async function codeOf(awaiting: () => PromiseLike<unknown>): Promise<string> {
  try {
    await awaiting();
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return "no error";
}
