/**
 * Owns a row of programs: each one's output is the next one's input. Knows nothing of the page.
 */
import { adopt, createTask, type StreamReader, type StreamWriter, type Task } from "wasyncio";
import { createSubprocessWasi, PIPE, type Process, STDOUT } from "wasyncio/wasi";

export type PipedProcess = Process<StreamWriter, StreamReader, null>;

export interface Program {
  readonly name: string;
  readonly process: PipedProcess;
}

/** Starts the programs of a line such as `cat | upper`, and joins them. */
export async function startPipeline(line: string): Promise<Program[]> {
  const names = line.split("|").map((name) => name.trim());
  const programs: Program[] = [];
  try {
    for (const name of names) programs.push({ name, process: await start(name) });
  } catch (error) {
    for (const { process } of programs) process.kill();
    throw error;
  }
  for (const [at, { process }] of programs.entries()) {
    const next = programs[at + 1];
    if (next !== undefined) join(process.stdout, next.process.stdin);
  }
  return programs;
}

/** Without async context, a page knows whose step it is behind a foreign promise by `adopt` alone. */
async function start(name: string): Promise<PipedProcess> {
  const response = await adopt(fetch(`./programs/${encodeURIComponent(name)}.wasm`));
  if (!response.ok || !response.headers.get("content-type")?.includes("wasm"))
    throw new Error(`there is no program '${name}'`);
  const bytes = new Uint8Array(await adopt(response.arrayBuffer()));
  return await createSubprocessWasi(bytes, { args: [name], stdin: PIPE, stdout: PIPE, stderr: STDOUT });
}

/** Hands on what comes until there is no more, or until nobody takes it; then the other side learns of it as well. */
function join(from: StreamReader, to: StreamWriter): Task<void> {
  return createTask(async () => {
    try {
      for (let some = await from.read(65_536); some.length > 0; some = await from.read(65_536)) {
        to.write(some);
        await to.drain();
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "ECONNRESET") throw error;
    }
    to.close();
  });
}
