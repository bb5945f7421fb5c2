/**
 * Owns what the command line of `wasyncio` means: its own options come first, then the name of a command, and everything
 * after that belongs to the command. Knows no command, and prints nothing.
 */
import { parseArgs } from "node:util";

/** What can be done by name. */
export interface Command {
  readonly name: string;
  /** What it does, for the list: a few words. */
  readonly about: string;
  /** Runs it with what follows its name. Returns the exit code; throws UsageError if that makes no sense. */
  run(args: readonly string[]): number | Promise<number>;
}

/** A command, and what it is given. */
export interface Call {
  readonly command: Command;
  readonly args: readonly string[];
}

/** The command line makes no sense; the message says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "ERR_USAGE";
}

export function readCommandLine(
  args: readonly string[],
  commands: readonly Command[],
): "help" | "version" | Call {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const { help, version } = ownOptions(at < 0 ? args : args.slice(0, at));
  if (help) return "help";
  if (version) return "version";
  const name = args[at];
  if (name === undefined) throw new UsageError(`missing command\n\n${usageOf(commands)}`);
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"; wasyncio --help lists them`);
  }
  return { command, args: args.slice(at + 1) };
}

export function usageOf(commands: readonly Command[]): string {
  const width = Math.max(...["--version", ...commands.map(({ name }) => name)].map(({ length }) => length));
  const row = (name: string, about: string) => `  ${name.padEnd(width)}  ${about}`;
  return [
    "wasyncio [options] COMMAND",
    "",
    ...commands.map(({ name, about }) => row(name, about)),
    "",
    row("--version", "prints the version"),
    row("--help", "prints this text"),
  ].join("\n");
}

function ownOptions(args: readonly string[]): { readonly help?: boolean; readonly version?: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; see wasyncio --help`);
  }
}
