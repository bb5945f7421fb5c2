/** The commands, in the order of the list. */
import { bench } from "./bench.ts";
import type { Command } from "./command-line.ts";
import { worker } from "./worker.ts";

export const commands: readonly Command[] = [bench, worker];
