// CPython's asyncio as something a test can ask.
//
// Owns the worker thread and the questions under way. Must not know asyncio or any program: a question is a
// piece of Python that defines `run(input)`, the answer is what that returns, and both are JSON.

import { Worker } from "node:worker_threads";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

export interface Oracle {
  /**
   * Executes `source`, calls the `run` it defines with `input` and gives back what that returns. The caller
   * names the type of the answer, since only it knows what it has asked.
   *
   * Questions are answered in order, on a thread of their own: ask for a whole batch at once, and do other
   * work while the answer is being found.
   */
  runPython<Answer extends Json>(source: string, input: Json): Promise<Answer>;
  close(): Promise<void>;
}

export interface OracleOptions {
  /** Python's PYTHONHASHSEED. No answer may depend on it; a test asks under two of them. */
  readonly hashSeed?: number;
}

interface Reply {
  readonly id: number;
  readonly output?: string;
  readonly error?: string;
}

interface Question {
  readonly resolve: (output: string) => void;
  readonly reject: (error: Error) => void;
}

/** Starts an oracle. Loading Python takes about three seconds, so a file of tests starts one for all. */
export function startOracle({ hashSeed = 0 }: OracleOptions = {}): Oracle {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: { hashSeed } });
  const questions = new Map<number, Question>();
  let lastId = 0;
  let failure: Error | undefined;

  worker.on("message", ({ id, output, error }: Reply) => {
    const question = questions.get(id);
    questions.delete(id);
    if (output !== undefined) question?.resolve(output);
    else question?.reject(new Error(`the oracle's Python failed:\n${error}`));
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`the oracle's thread ended with code ${code}`)));

  function fail(error: Error): void {
    failure ??= error;
    for (const question of questions.values()) question.reject(failure);
    questions.clear();
  }

  return {
    async runPython<Answer extends Json>(source: string, input: Json): Promise<Answer> {
      if (failure) throw failure;
      const id = ++lastId;
      const output = await new Promise<string>((resolve, reject) => {
        questions.set(id, { resolve, reject });
        worker.postMessage({ id, source, input: JSON.stringify(input) });
      });
      return JSON.parse(output) as Answer;
    },
    async close(): Promise<void> {
      failure ??= new Error("the oracle is closed");
      await worker.terminate();
    },
  };
}
