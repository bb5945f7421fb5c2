/**
 * The host workerd: Cloudflare's runtime, started by its own binary. Each program is a worker of its own in a process of its
 * own, and runs within a fetch event. Its configuration lets it reach this machine's loopback and nothing else.
 *
 * workerd itself rather than miniflare: `workerd test` runs an event without listening anywhere, ends by itself, and
 * everything it starts is in the process group that a timeout ends. Answers come through a file, since what a worker
 * prints is for people.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { storedAnswerOf } from "./answer.ts";
import { Child, runChild } from "./child.ts";
import type { HostDriver, HostProgram, HostSearch, HostSession, Json } from "./driver.ts";

/** Fixed, so that a newer binary changes nothing but its bugs. Before Node's modules became the default. */
const COMPATIBILITY_DATE = "2026-07-01";
const HOW_TO_GET = "npm install workerd esbuild";
const ANSWER_FILE = "answer.json";

export interface WorkerdOptions {
  /** Whether Node's modules and globals exist, as with the compatibility flag `nodejs_compat`. */
  readonly nodejsCompat: boolean;
  /** An authority that TLS trusts, as PEM; none unless given. */
  readonly trusted?: string;
}

/** How the bundle of a worker is passed to workerd. */
export interface WorkerOptions extends WorkerdOptions {
  /** Path of the bundle: one ES module. What it imports as core.wasm is taken from next to it. */
  readonly file: string;
  /** Modules that exist next to it, by their names. */
  readonly modules?: Readonly<Record<string, string>>;
  /** Which of the modules is the worker; by default the bundle. */
  readonly main?: string;
  /** Constants in the worker's `env`. */
  readonly variables?: Readonly<Record<string, Json>>;
}

/** What the bundle is called as a module of its worker. */
export const BUNDLE_MODULE = "bundle.mjs";

/** Calls the program within a fetch event, and responds with its outcome. */
const PROGRAM_WORKER = `
import main from "./${BUNDLE_MODULE}";
export default {
  async fetch(_request, env) {
    try {
      return Response.json({ value: (await main(env.config)) ?? null });
    } catch (error) {
      return Response.json({ error: String(error?.stack ?? error), message: String(error?.message ?? error) });
    }
  },
};
`;

/** Makes the one request, and stores the answer. */
const DRIVER_WORKER = `
export default {
  async test(_controller, env) {
    const response = await env.program.fetch("http://program/");
    const body = await response.text();
    const stored = await env.answers.fetch("http://answers/${ANSWER_FILE}", { method: "PUT", body });
    if (!stored.ok) throw new Error("the answer could not be stored: " + stored.status);
  },
};
`;

class WorkerdDriver implements HostDriver {
  readonly name: string;
  readonly conditions = ["workerd"];
  readonly takes = "bundle";
  private readonly options: WorkerdOptions;

  constructor(name: string, options: WorkerdOptions) {
    this.name = name;
    this.options = options;
  }

  async find(): Promise<HostSearch> {
    try {
      const { code, stdout } = await runChild(await workerdPath(), ["--version"], { timeoutMs: 30_000 });
      const version = /\d{4}-\d\d-\d\d/.exec(stdout)?.[0];
      // With this the bundle's import of the core names the module next to it.
      await import("esbuild");
      if (code === 0 && version !== undefined) return { found: true, version };
    } catch {
      // Not installed, or not for this machine.
    }
    return { found: false, howToGet: HOW_TO_GET };
  }

  async start(): Promise<HostSession> {
    return new WorkerdSession(this.name, await workerdPath(), this.options);
  }
}

class WorkerdSession implements HostSession {
  private readonly name: string;
  private readonly path: string;
  private readonly options: WorkerdOptions;
  private readonly children = new Set<Child>();

  constructor(name: string, path: string, options: WorkerdOptions) {
    this.name = name;
    this.path = path;
    this.options = options;
  }

  async run({ file, config, timeoutMs, onLine }: HostProgram): Promise<Json> {
    const folder = await mkdtemp(join(tmpdir(), "wasyncio-workerd-"));
    try {
      await mkdir(join(folder, "answers"));
      await writeFile(join(folder, "driver.mjs"), DRIVER_WORKER);
      const program = await describeWorker(folder, {
        ...this.options,
        file,
        modules: { "program.mjs": PROGRAM_WORKER },
        main: "program.mjs",
        variables: { config },
      });
      await writeConfig(
        folder,
        [
          `(name = "driver", worker = (
            modules = [(name = "driver.mjs", esModule = embed "driver.mjs")],
            compatibilityDate = "${COMPATIBILITY_DATE}",
            bindings = [(name = "program", service = "program"), (name = "answers", service = "answers")]))`,
          `(name = "program", worker = ${program})`,
          `(name = "answers", disk = (path = ${quote(join(folder, "answers"))}, writable = true))`,
        ],
        [],
        this.options.trusted,
      );
      const child = new Child(this.path, ["test", "config.capnp", "driver"], {
        cwd: folder,
        timeoutMs,
        ...(onLine === undefined ? {} : { onLine }),
      });
      this.children.add(child);
      const outcome = await child.outcome;
      this.children.delete(child);
      const text = await readFile(join(folder, "answers", ANSWER_FILE), "utf8").catch(() => undefined);
      return storedAnswerOf(this.name, outcome, text, timeoutMs);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.children].map((child) => child.end()));
  }
}

/** A worker that takes requests on a Unix socket, so that it listens nowhere else. */
export interface ServedWorker {
  /** Where HTTP is spoken. */
  readonly socketPath: string;
  /** The lines it has printed so far. */
  readonly lines: readonly string[];
  /** Ends it. Returns what it has written to stderr. May be repeated. */
  close(): Promise<string>;
}

/** Starts a worker and waits until it takes requests. */
export async function serveWorker(options: WorkerOptions): Promise<ServedWorker> {
  const folder = await mkdtemp(join(tmpdir(), "wasyncio-workerd-"));
  const socketPath = join(folder, "socket");
  const lines: string[] = [];
  const worker = await describeWorker(folder, options);
  await writeConfig(
    folder,
    [`(name = "worker", worker = ${worker})`],
    [`(name = "http", address = ${quote(`unix:${socketPath}`)}, http = (), service = "worker")`],
  );
  const child = new Child(await workerdPath(), ["serve", "config.capnp"], {
    cwd: folder,
    onLine: (line) => lines.push(line),
  });
  const close = async () => {
    await child.end();
    await rm(folder, { recursive: true, force: true });
    return (await child.outcome).stderr;
  };
  let ended = false;
  child.outcome.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  while (!(await answers(socketPath))) {
    if (ended) throw new Error(`workerd did not start\n${await close()}`);
    await new Promise((retry) => setTimeout(retry, 20));
  }
  return { socketPath, lines, close };
}

async function answers(socketPath: string): Promise<boolean> {
  const { connect } = await import("node:net");
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The path of workerd's binary. */
async function workerdPath(): Promise<string> {
  // The package is CommonJS without types; its export is the path.
  const path: unknown = createRequire(resolve("package.json"))("workerd").default;
  if (typeof path !== "string") throw new Error(`workerd was not found; ${HOW_TO_GET}`);
  return path;
}

/** Puts a worker's files into the folder. Returns its part of the configuration. */
async function describeWorker(folder: string, options: WorkerOptions): Promise<string> {
  const { file, modules = {}, main = BUNDLE_MODULE, variables = {}, nodejsCompat } = options;
  const { text, usesCore } = await withCoreBeside(file);
  const sources: Record<string, string> = { ...modules, [BUNDLE_MODULE]: text };
  // The first module is the worker.
  const names = [main, ...Object.keys(sources).filter((name) => name !== main)];
  const list: string[] = [];
  for (const name of names) {
    await writeFile(join(folder, name), sources[name] as string);
    list.push(`(name = ${quote(name)}, esModule = embed ${quote(name)})`);
  }
  if (usesCore) {
    await copyFile(join(dirname(file), "core.wasm"), join(folder, "core.wasm"));
    list.push('(name = "core.wasm", wasm = embed "core.wasm")');
  }
  const bindings: string[] = [];
  for (const [name, value] of Object.entries(variables)) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(value));
    bindings.push(`(name = ${quote(name)}, json = embed ${quote(`${name}.json`)})`);
  }
  const flags = ['"enable_request_signal"', nodejsCompat ? '"nodejs_compat"' : '"no_nodejs_compat"'];
  return `(modules = [${list.join(", ")}], bindings = [${bindings.join(", ")}],
    compatibilityDate = "${COMPATIBILITY_DATE}", compatibilityFlags = [${flags.join(", ")}])`;
}

/** The bundle with every import of the core naming the module next to it, wherever the bundler assumed it to be. */
async function withCoreBeside(file: string): Promise<{ text: string; usesCore: boolean }> {
  const { build } = await import("esbuild");
  let usesCore = false;
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    logLevel: "silent",
    external: ["cloudflare:*", "node:*"],
    plugins: [
      {
        name: "core next to the bundle",
        setup({ onResolve }) {
          onResolve({ filter: /core\.wasm(\?module)?$/ }, () => {
            usesCore = true;
            return { path: "./core.wasm", external: true };
          });
        },
      },
    ],
  });
  return { text: outputFiles[0]?.text ?? "", usesCore };
}

async function writeConfig(
  folder: string,
  services: readonly string[],
  sockets: readonly string[],
  trusted?: string,
): Promise<void> {
  const tls = trusted === undefined ? "" : `, tlsOptions = (trustedCertificates = [${quote(trusted)}])`;
  const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${[...services, `(name = "internet", network = (allow = ["local"]${tls}))`].join(",\n    ")}
  ],
  sockets = [${sockets.join(", ")}]
);
`;
  await writeFile(join(folder, "config.capnp"), text);
}

/** A string as a literal of the configuration, whose escapes are those of C. */
function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** workerd as most workers have it: with Node's modules. */
export const workerd: HostDriver = new WorkerdDriver("workerd", { nodejsCompat: true });

/** workerd with only web standards. */
export const workerdPlain: HostDriver = new WorkerdDriver("workerd without nodejs_compat", {
  nodejsCompat: false,
});

/** The same, trusting an authority of the tests' own, given as PEM. */
export function workerdTrusting(trusted: string): HostDriver {
  return new WorkerdDriver("workerd", { nodejsCompat: true, trusted });
}
