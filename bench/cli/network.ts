/**
 * Owns the measuring of echo servers. Each is a process that says by itself how much it has worked, and takes turns with the others;
 * the client is compiled when it is wanted. Knows nothing of what the servers do: that is in ../network.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandDriver, commandsNamed } from "../../hosts/process.ts";
import { toSeries } from "../measure/statistics.ts";
import { OURS, type Result } from "../results.ts";
import { MEMORY_MESSAGE_BYTES, type Message, messages, PARTS } from "../workloads/network.ts";
import type { Workload } from "../workloads/workload.ts";
import { Conversation } from "./conversation.ts";
import type { HostPlan } from "./measure-host.ts";
import { packageEntryFor } from "./programs.ts";

const COMPILERS = ["clang", "gcc", "cc"];

interface Amounts {
  readonly rounds: number;
  /** Requests of a sample, of small messages; and before the first. */
  readonly requests: number;
  readonly warmups: number;
}

const THOROUGH: Amounts = { rounds: 9, requests: 12_000, warmups: 15_000 };
const QUICK: Amounts = { rounds: 3, requests: 5000, warmups: 10_000 };

/** From so many bytes on, a sample has a fifth of the requests. */
const LARGE_BYTES = 16 * 1024;

/** How each server is started, by contenders. */
export type Servers = Readonly<Record<string, readonly [file: string, args: readonly string[]]>>;

/** Where the servers and the client are: next to dist/cli.js, where this file is part of that. */
const FOLDER = fileURLToPath(new URL("network", import.meta.url));

/** Nothing where there is no compiler, which is said. */
export async function measureNetwork(
  workload: Workload,
  driver: CommandDriver,
  plan: HostPlan,
): Promise<Result[]> {
  const { quick, progress, pythonFor } = plan;
  if (driver.conditions[0] !== "node") return [];
  const folder = await mkdtemp(join(tmpdir(), "wasyncio-network-"));
  try {
    const client = compileClient(FOLDER, folder);
    if (client === undefined) {
      progress.note(`${workload.name}: skipped, for the client needs a C compiler; apt-get install clang`);
      return [];
    }
    const servers = serversOf(FOLDER, kindOf(workload), driver, pythonFor(workload.name));
    return await takeTurns(workload, client, servers, {
      ...(quick ? QUICK : THOROUGH),
      sizes: quick ? workload.quickSizes : workload.sizes,
      onRound: (round, rounds) => progress.show(`round ${round} of ${rounds}`),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Path of the client, or undefined where nothing compiles it. It is for Linux: elsewhere there is no epoll. */
export function compileClient(sources: string, folder: string): string | undefined {
  const client = join(folder, "client");
  for (const compiler of COMPILERS.flatMap(commandsNamed)) {
    if (!existsSync(compiler)) continue;
    const args = ["-O2", "-o", client, join(sources, "client.c")];
    if (spawnSync(compiler, args, { stdio: "ignore" }).status === 0) return client;
  }
  return undefined;
}

/** What the servers of a workload are called in ../network. */
export function kindOf({ name }: Workload): string {
  return name.replace(/^network-(memory-)?/, "");
}

export function serversOf(
  sources: string,
  kind: string,
  driver: CommandDriver,
  python: { readonly path: string; readonly loops: readonly string[] } | undefined,
): Servers {
  const [file, args] = driver.command();
  const script = join(sources, "server.mjs");
  const pythons = (python?.loops ?? []).map((loop) => {
    const kindThere = kind === "protocol" ? kind : "streams";
    return [loop, [python!.path, [join(sources, "server.py"), kindThere, loop]]] as const;
  });
  return {
    [OURS]: [file, [...args, script, kind, packageEntryFor(driver)]],
    "node:net": [file, [...args, script, "node:net"]],
    ...Object.fromEntries(pythons),
  };
}

interface Turns extends Amounts {
  readonly sizes: readonly number[];
  readonly onRound?: (round: number, rounds: number) => void;
}

/** A process for each server, size and message of each round, or memory of it, which begins with another server each time. */
export async function takeTurns(
  workload: Workload,
  client: string,
  servers: Servers,
  turns: Turns,
): Promise<Result[]> {
  const takeTurn: Turn = workload.unit === "bytes" ? takeTurnOfMemory : takeTurnOfWork;
  const names = Object.keys(servers);
  const samples = new Map<string, number[][]>();
  for (let round = 0; round < turns.rounds; round++) {
    turns.onRound?.(round + 1, turns.rounds);
    for (const at of names.keys()) {
      const name = names[(at + round) % names.length]!;
      for (const [key, value] of await takeTurn(client, servers[name]!, turns)) {
        const ofServer = `${name} ${key}`;
        samples.set(ofServer, [...(samples.get(ofServer) ?? []), [value]]);
      }
    }
  }
  const roundsOf = (name: string, key: string) => samples.get(`${name} ${key}`)!;
  return turns.sizes.flatMap((size) =>
    workload.figures.map((figure) => {
      const key = `${size} ${figure}`;
      const ours = roundsOf(OURS, key);
      const series = names.map((name) =>
        toSeries(name, roundsOf(name, key), name === OURS ? undefined : ours),
      );
      return { workload: workload.name, figure, size, series };
    }),
  );
}

/** All that is asked of one server, by size and figure. */
type Turn = (client: string, command: Servers[string], turns: Turns) => Promise<Map<string, number>>;

/** In nanoseconds a request. */
async function takeTurnOfWork(
  client: string,
  [file, args]: Servers[string],
  { sizes, requests, warmups }: Turns,
): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  for (const size of sizes) {
    for (const [name, message] of Object.entries(messages)) {
      const server = new Conversation(file, args);
      try {
        const ports = await server.numbers();
        const port = ports[message.writes === 1 ? 0 : 1]!;
        const parts = await exchange(client, server, { port, size, message, requests, warmups });
        PARTS.forEach((part, at) => {
          figures.set(`${size} ${name}${part}`, parts[at]!);
        });
      } finally {
        await server.end();
      }
    }
  }
  return figures;
}

/** In bytes a connection. */
async function takeTurnOfMemory(
  path: string,
  [file, args]: Servers[string],
  { sizes }: Turns,
): Promise<Map<string, number>> {
  const figures = new Map<string, number>();
  for (const size of sizes) {
    const server = new Conversation(file, args);
    try {
      const [port] = await server.numbers();
      const resident = async () => (await server.ask(""))[2]!;
      // To be asked takes something the first time.
      await resident();
      const before = await resident();
      const client = new Conversation(path, [port!, size, MEMORY_MESSAGE_BYTES].map(String));
      try {
        await client.ask(size);
        figures.set(`${size} resident`, ((await resident()) - before) / size);
      } finally {
        await client.end();
      }
    } finally {
      await server.end();
    }
  }
  return figures;
}

interface Exchange {
  readonly port: number;
  readonly size: number;
  readonly message: Message;
  readonly requests: number;
  readonly warmups: number;
}

async function exchange(
  path: string,
  server: Conversation,
  { port, size, message: { bytes }, requests, warmups }: Exchange,
): Promise<number[]> {
  const client = new Conversation(path, [port, size, bytes].map(String));
  const share = bytes >= LARGE_BYTES ? 5 : 1;
  try {
    await client.ask(Math.ceil(warmups / share));
    const count = Math.ceil(requests / share);
    const before = await server.ask("");
    const [elapsedNs = 0] = await client.ask(count);
    const after = await server.ask("");
    const [userNs = 0, systemNs = 0] = [0, 1].map((at) => ((after[at]! - before[at]!) * 1000) / count);
    return [userNs + systemNs, userNs, systemNs, elapsedNs / count];
  } finally {
    await client.end();
  }
}
