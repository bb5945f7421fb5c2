/**
 * Owns the page as a user of the package would have it: the example's folder in a project where the packed package is
 * installed, built by Vite, and served on 127.0.0.1. Knows no browser.
 *
 * Everything is served under a policy that allows nothing from elsewhere. The page's own script is preceded by one that
 * takes down what goes wrong, as the console would; the page knows nothing of it.
 */
import { cpSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { build } from "vite";
import { installedFolder } from "../hosts/package.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/browser", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";

const WITNESS = `
  const troubles = (globalThis.troubles = []);
  for (const level of ["error", "warn"]) {
    const write = console[level];
    console[level] = (...values) => {
      troubles.push(level + ": " + values.join(" "));
      write.apply(console, values);
    };
  }
  addEventListener("error", (event) => troubles.push("error: " + (event.message ?? event.target?.src)), true);
  addEventListener("unhandledrejection", (event) => troubles.push("rejection: " + event.reason));
  addEventListener("securitypolicyviolation", (event) => troubles.push("policy: " + event.blockedURI));
`;

export interface ServedPage {
  readonly url: string;
  /** The modules that went into the page, by their paths. */
  readonly modules: readonly string[];
  /** The paths that were asked for and not there. */
  readonly missing: readonly string[];
  /** Puts a program of one file next to the page, as it stands, bundled with what it imports. Answers its path. */
  paste(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/** Builds the page in a folder of its own and serves it. Whoever starts it closes it. */
export async function servePage(name: string): Promise<ServedPage> {
  const { project, folder, modules } = await buildPage(name);
  const missing: string[] = [];
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    const body = bodyOf(folder, path === "/" ? "/index.html" : path);
    if (body === undefined) missing.push(path);
    response.writeHead(body === undefined ? 404 : 200, {
      "content-type": TYPES[extname(path) || ".html"] ?? "application/octet-stream",
      "content-security-policy": POLICY,
    });
    response.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    modules,
    missing,
    paste: async (file, text) => {
      const path = `/pasted/${basename(file, ".ts")}.js`;
      await bundle({
        stdin: { contents: text, loader: "ts", resolveDir: project, sourcefile: file },
        ...{ outfile: join(folder, path), bundle: true, format: "esm", logLevel: "silent" },
        // Without the repository's settings, which stand above the project's folder.
        ...{ conditions: ["browser"], tsconfigRaw: {} },
      });
      return path;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function buildPage(name: string): Promise<{ project: string; folder: string; modules: string[] }> {
  const project = join(installedFolder(), "pages", name);
  rmSync(project, { recursive: true, force: true });
  // Without its tsconfig, which extends that of the repository.
  cpSync(EXAMPLE, project, { recursive: true, filter: (path) => basename(path) !== "tsconfig.json" });
  const folder = join(project, "output");
  const modules = new Set<string>();
  await build({
    root: project,
    configFile: join(project, "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: folder },
    plugins: [{ name: "modules", generateBundle: (_options, bundle) => noteModules(bundle, modules) }],
  });
  return { project, folder, modules: [...modules] };
}

function noteModules(bundle: object, modules: Set<string>): void {
  for (const chunk of Object.values(bundle) as { moduleIds?: readonly string[] }[]) {
    for (const id of chunk.moduleIds ?? []) modules.add(id);
  }
}

function bodyOf(folder: string, path: string): string | Uint8Array | undefined {
  if (path === "/witness.js") return WITNESS;
  try {
    const body = readFileSync(join(folder, path));
    if (path !== "/index.html") return body;
    return body.toString().replace("<head>", '<head><script src="/witness.js"></script>');
  } catch {
    return undefined;
  }
}
