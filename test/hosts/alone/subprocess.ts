/** `wasyncio/subprocess` without the main entry, which is loaded later: it finds the host's processes, or says that there are none. */
import { createSubprocessExec, PIPE } from "wasyncio/subprocess";

export const ANSWER = ["ERR_NO_RUNNING_LOOP", "told"];

export default async function main(): Promise<string[]> {
  const code = await codeOf(() => createSubprocessExec("echo"));
  const { run } = await import("wasyncio");
  const told = await run(async () => {
    try {
      const echo = await createSubprocessExec("echo", "hello", { stdout: PIPE });
      const [stdout] = await echo.communicate();
      return new TextDecoder().decode(stdout) === "hello\n" ? "told" : "nothing";
    } catch (error) {
      return (error as { code?: unknown }).code === "ERR_HOST_UNSUPPORTED" ? "told" : String(error);
    }
  });
  return [code, told];
}

async function codeOf(awaiting: () => PromiseLike<unknown>): Promise<string> {
  try {
    await awaiting();
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return "no error";
}
