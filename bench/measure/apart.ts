/**
 * Owns turns in processes of their own, of the program that asks for them. For async functions: once one is on a loop, the async
 * context of Node 20 and 22 slows every promise of the process, and generators take longer on each; who is compared with
 * them is not to pay for that.
 */
import { ANSWER } from "../../hosts/answer.ts";
import type { ProgramConfig, TurnAnswer } from "../results.ts";
import type { Workload } from "../workloads/workload.ts";
import { runForATurn } from "./child.ts";
import type { Player } from "./turns.ts";

/** Whether the contenders of a workload are kept apart here. */
export function playsApart({ functions }: Workload, { command }: ProgramConfig): boolean {
  return functions === "async" && command !== undefined;
}

export function playerApart(name: string, size: number, config: ProgramConfig): Player {
  const { command = [], python: _, ...rest } = config;
  const [file = "", ...args] = command;
  const told: ProgramConfig = { ...rest, sizes: [size], turnOf: name };
  return {
    name,
    turn: async () => {
      const lines = runForATurn(file, [...args, JSON.stringify(told)]).split("\n");
      const answer = lines.find((line) => line.startsWith(ANSWER));
      return JSON.parse(answer!.slice(ANSWER.length)) as TurnAnswer;
    },
  };
}
