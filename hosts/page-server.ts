/**
 * Owns the small web server that serves a program to a page, and the page around it: each program has its own folder
 * there, which contains only what was added. Knows no browser.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HostProgram } from "./driver.ts";
import { PAGE, PAGE_SCRIPT, PROGRAM_SCRIPT, WORKER_PAGE_SCRIPT, WORKER_SCRIPT } from "./page-scripts.ts";

export interface PageServerOptions {
  /** Whether programs run in a worker of the page. */
  readonly worker: boolean;
  /** Whether pages are cross-origin isolated, for which engines give them finer clocks. */
  readonly isolated: boolean;
}

interface Served {
  readonly type: string;
  readonly body: () => string | Promise<string | Uint8Array>;
}

const HTML = "text/html; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const JSON_TEXT = "application/json; charset=utf-8";

/** A program that was added. */
export interface ServedProgram {
  /** The page that runs it. */
  readonly url: string;
  /** Removes the program and its page again. */
  remove(): void;
}

export class PageServer {
  private readonly server: Server;
  private readonly options: PageServerOptions;
  private readonly files = new Map<string, Served>();
  private readonly listeners = new Map<string, (line: string) => void>();
  private count = 0;

  private constructor(server: Server, options: PageServerOptions) {
    this.server = server;
    this.options = options;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a server on the loopback interface. The caller closes it. */
  static async start(options: PageServerOptions): Promise<PageServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new PageServer(server, options);
  }

  /** Adds a program. */
  add({ file, config }: HostProgram, onLine: (line: string) => void): ServedProgram {
    this.count += 1;
    const folder = `/${this.count}/`;
    const { worker } = this.options;
    const served: readonly (readonly [name: string, type: string, body: Served["body"]])[] = [
      ["", HTML, () => PAGE],
      ["page.js", SCRIPT, () => (worker ? WORKER_PAGE_SCRIPT : PAGE_SCRIPT)],
      ["worker.js", SCRIPT, () => WORKER_SCRIPT],
      ["run.js", SCRIPT, () => PROGRAM_SCRIPT],
      ["config.json", JSON_TEXT, () => JSON.stringify(config)],
      ["program.js", SCRIPT, () => readFile(file)],
    ];
    for (const [name, type, body] of served) this.files.set(folder + name, { type, body });
    this.listeners.set(`${folder}lines`, onLine);
    return {
      url: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${folder}`,
      remove: () => {
        for (const [name] of served) this.files.delete(folder + name);
        this.listeners.delete(`${folder}lines`);
      },
    };
  }

  /** Ends it with all its connections. May be repeated. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const onLine = request.method === "POST" ? this.listeners.get(path) : undefined;
    if (onLine !== undefined) {
      for (const line of JSON.parse(await textOf(request)) as string[]) onLine(line);
      response.writeHead(204).end();
      return;
    }
    const served = request.method === "GET" ? this.files.get(path) : undefined;
    if (served === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = await served.body();
    response
      .writeHead(200, {
        "content-type": served.type,
        "cache-control": "no-store",
        ...(this.options.isolated && {
          "cross-origin-opener-policy": "same-origin",
          "cross-origin-embedder-policy": "require-corp",
        }),
      })
      .end(body);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const part of request) text += part;
  return text;
}
