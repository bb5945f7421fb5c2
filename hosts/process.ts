/**
 * The hosts that are a command: Node in several versions, Deno and Bun. Each program runs in a process of its own.
 */
import { existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ANSWER, answerTextOf } from "./answer.ts";
import { runChild } from "./child.ts";
import type { HostDriver, HostProgram, HostSearch, HostSession, Json } from "./driver.ts";

export interface CommandOptions {
  readonly name: string;
  readonly conditions: readonly string[];
  /** The paths where the command may be; the first that exists is used. */
  readonly candidates: () => readonly string[];
  /** What comes between the command and the file. */
  readonly args?: readonly string[];
  readonly howToGet: string;
}

/** A host that is started by a command. */
export class CommandDriver implements HostDriver {
  readonly name: string;
  readonly conditions: readonly string[];
  readonly takes = "modules";
  private readonly options: CommandOptions;

  constructor(options: CommandOptions) {
    this.name = options.name;
    this.conditions = options.conditions;
    this.options = options;
  }

  /** The command's path. */
  get path(): string | undefined {
    return this.options.candidates().find((path) => existsSync(path));
  }

  /** What a file is run with: the command and what comes before the file. */
  command(
    args: readonly string[] = this.options.args ?? [],
  ): readonly [file: string, args: readonly string[]] {
    const { path } = this;
    if (path === undefined) throw new Error(`${this.name} was not found; ${this.options.howToGet}`);
    return [path, args];
  }

  async find(): Promise<HostSearch> {
    const { path } = this;
    const notFound: HostSearch = { found: false, howToGet: this.options.howToGet };
    if (path === undefined) return notFound;
    try {
      const { code, stdout } = await runChild(path, ["--version"], { timeoutMs: 30_000 });
      const version = /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0];
      return code === 0 && version !== undefined ? { found: true, version } : notFound;
    } catch {
      return notFound;
    }
  }

  async start(): Promise<HostSession> {
    const [file, args] = this.command();
    return { run: (program) => runProgram(this.name, file, args, program), close: async () => {} };
  }
}

/** The Node that runs this. */
export const thisNode = new CommandDriver({
  name: `Node ${process.versions.node.split(".")[0]}`,
  conditions: ["node"],
  candidates: () => [process.execPath],
  howToGet: "see nodejs.org",
});

/** Further versions of Node, from the npm package `node`. */
export const otherNodes: readonly CommandDriver[] = ["22", "24", "26"].map(
  (version) =>
    new CommandDriver({
      name: `Node ${version}`,
      conditions: ["node"],
      candidates: () => [
        resolve("hosts/nodes/node_modules", `node-${version}`, "bin/node"),
        resolve("node_modules", `node-${version}`, "bin/node"),
      ],
      howToGet: existsSync("hosts/nodes/package.json")
        ? "npm ci --prefix hosts/nodes"
        : `npm install node-${version}@npm:node@${version}`,
    }),
);

export const deno = new CommandDriver({
  name: "Deno",
  conditions: ["deno", "node"],
  candidates: () => commandsNamed("deno"),
  // No less lets it read /proc, where its descriptors are counted.
  args: ["run", "--no-prompt", "--allow-all"],
  howToGet: "npm install deno",
});

export const bun = new CommandDriver({
  name: "Bun",
  conditions: ["bun", "node"],
  candidates: () => commandsNamed("bun"),
  howToGet: "npm install bun",
});

/** Where a command may be: among the packages of this folder and those above it, then in the PATH. */
export function commandsNamed(name: string): string[] {
  const found: string[] = [];
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    found.push(join(folder, "node_modules/.bin", name));
    if (folder === dirname(folder)) break;
  }
  return [...found, ...(process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name))];
}

/** What a program is started with: the launcher next to this file, the program, and its configuration. */
export function launchArgs(program: string, config?: Json): string[] {
  const launcher = fileURLToPath(new URL("./launcher.mjs", import.meta.url));
  return [launcher, program, ...(config === undefined ? [] : [JSON.stringify(config)])];
}

/** Runs a program in a process. */
async function runProgram(
  name: string,
  file: string,
  args: readonly string[],
  { file: program, config, timeoutMs, onLine }: HostProgram,
): Promise<Json> {
  const outcome = await runChild(file, [...args, ...launchArgs(program, config)], {
    cwd: dirname(program),
    timeoutMs,
    onLine: (line) => {
      if (!line.startsWith(ANSWER)) onLine?.(line);
    },
  });
  const answer = outcome.stdout.split("\n").find((line) => line.startsWith(ANSWER));
  return JSON.parse(answerTextOf(name, outcome, answer, timeoutMs).slice(ANSWER.length)) as Json;
}
