/**
 * The host edge-runtime: the package that runs Vercel's edge functions locally. Each program runs in its own
 * context in its own Node process, so that one that never ends can be ended. Compiling at run time
 * is refused there, as in the cloud; the core comes as a compiled module.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { storedAnswerOf } from "./answer.ts";
import { Child } from "./child.ts";
import type { HostDriver, HostProgram, HostSearch, HostSession, Json } from "./driver.ts";

/** Packages are looked up from the working directory. */
const require = createRequire(resolve("package.json"));

const NAME = "edge-runtime";
const HOW_TO_GET = "npm install edge-runtime esbuild";
/** The global by which the program's script finds the compiled core. */
const CORE = "compiledCore";
/** The global that the program's script sets to its module. */
const PROGRAM = "program";

/** Runs the script in a context, within the folder it is given as its working directory. */
const RUNNER = `
import { readFileSync, writeFileSync } from "node:fs";
const [edgeRuntime, coreFile] = process.argv.slice(2);
const { EdgeRuntime } = (await import(edgeRuntime)).default;
const core = coreFile === "" ? undefined : new WebAssembly.Module(readFileSync(coreFile));
const runtime = new EdgeRuntime({ extend: (context) => Object.assign(context, { ${CORE}: core }) });
const config = JSON.parse(readFileSync("config.json", "utf8"));
let answer;
try {
  runtime.evaluate(readFileSync("program.js", "utf8"));
  // The values of a context have prototypes of their own, so they pass as text.
  runtime.context.configText = JSON.stringify(config);
  const text = await runtime.evaluate("${PROGRAM}.default(JSON.parse(configText)).then((value) => JSON.stringify(value ?? null))");
  answer = { value: JSON.parse(text) };
} catch (error) {
  answer = { error: String(error?.stack ?? error), message: String(error?.message ?? error) };
}
writeFileSync("answer.json", JSON.stringify(answer));
`;

class EdgeRuntimeDriver implements HostDriver {
  readonly name = NAME;
  readonly conditions = ["edge-light"];
  readonly takes = "bundle";

  async find(): Promise<HostSearch> {
    try {
      // With this the bundle becomes one script.
      await import("esbuild");
      const text = await readFile(require.resolve("edge-runtime/package.json"), "utf8");
      return { found: true, version: (JSON.parse(text) as { version: string }).version };
    } catch {
      return { found: false, howToGet: HOW_TO_GET };
    }
  }

  async start(): Promise<HostSession> {
    return new EdgeRuntimeSession(pathToFileURL(require.resolve("edge-runtime")).href);
  }
}

class EdgeRuntimeSession implements HostSession {
  private readonly edgeRuntime: string;
  private readonly children = new Set<Child>();

  constructor(edgeRuntime: string) {
    this.edgeRuntime = edgeRuntime;
  }

  async run({ file, config, timeoutMs, onLine }: HostProgram): Promise<Json> {
    const folder = await mkdtemp(join(tmpdir(), "wasyncio-edge-runtime-"));
    try {
      const { text, usesCore } = await asScript(file);
      await writeFile(join(folder, "program.js"), text);
      await writeFile(join(folder, "config.json"), JSON.stringify(config));
      await writeFile(join(folder, "runner.mjs"), RUNNER);
      const core = usesCore ? resolve(dirname(file), "core.wasm") : "";
      const child = new Child(process.execPath, ["runner.mjs", this.edgeRuntime, core], {
        cwd: folder,
        timeoutMs,
        ...(onLine === undefined ? {} : { onLine }),
      });
      this.children.add(child);
      const outcome = await child.outcome;
      this.children.delete(child);
      const answer = await readFile(join(folder, "answer.json"), "utf8").catch(() => undefined);
      return storedAnswerOf(NAME, outcome, answer, timeoutMs);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.children].map((child) => child.end()));
  }
}

/** The bundle as one script, since a context takes no modules. The core becomes a global, as Vercel's bundler does. */
async function asScript(file: string): Promise<{ text: string; usesCore: boolean }> {
  const { build } = await import("esbuild");
  let usesCore = false;
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "iife",
    globalName: PROGRAM,
    target: "esnext",
    logLevel: "silent",
    plugins: [
      {
        name: "core as a global",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /core\.wasm(\?module)?$/ }, () => {
            usesCore = true;
            return { path: "core", namespace: "core" };
          });
          onLoad({ filter: /.*/, namespace: "core" }, () => ({
            contents: `export default globalThis.${CORE};`,
          }));
        },
      },
    ],
  });
  return { text: outputFiles[0]?.text ?? "", usesCore };
}

/** The edge-runtime package. */
export const edgeRuntime: HostDriver = new EdgeRuntimeDriver();
