/**
 * Owns how WebKitGTK, Safari's engine, is found and started on a display of its own, and how it is driven by plain
 * WebDriver. Knows nothing of programs.
 *
 * WebKitWebDriver has one session at a time, and a session waits for its page: so each page has a driver and a browser of
 * its own, all on one display. They start in half a second, and ending one ends even a page that never yields.
 */
import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, BrowserPage } from "./browser.ts";
import type { Child } from "./child.ts";
import type { HostSearch, Json } from "./driver.ts";
import { PageDriver } from "./page.ts";
import {
  type BrowserEngine,
  commandFound,
  evaluateAsText,
  LOAD_TIMEOUT_MS,
  START_TIMEOUT_MS,
  VIEWPORT,
  versionOf,
} from "./page-engine.ts";
import { BrowserProcesses } from "./page-process.ts";

const HOW_TO_GET = "apt-get install webkit2gtk-driver xvfb";
/** How long one attempt to start a browser may take, in milliseconds: a busy machine needs 3 seconds. */
const START_ATTEMPT_TIMEOUT_MS = 15_000;
const START_ATTEMPTS_MAX = 3;
/** What a window shows at first. */
const EMPTY = "about:blank";
/** Waits for a page, which the driver reports while its modules are still loading. */
const LOADED = `new Promise((resolve, reject) => {
  if (document.readyState === "complete") return resolve();
  addEventListener("load", () => resolve());
  setTimeout(() => reject(new Error("not loaded after ${LOAD_TIMEOUT_MS} ms")), ${LOAD_TIMEOUT_MS});
})`;
/** The height of the window's bar above the page, in pixels. */
const BAR_HEIGHT = 38;

const engine: BrowserEngine = { name: "WebKit", find, open: () => open({}) };
/** Isolated pages share memory with their workers, as Safari's do; WebKitGTK has it, and keeps it from them unless told not to. */
const sharing: BrowserEngine = { ...engine, open: () => open({ JSC_useSharedArrayBuffer: "1" }) };

/** WebKitGTK; a program runs in a page. */
export const webkit = new PageDriver(engine);
/** WebKitGTK; a program runs in a dedicated worker of a page. */
export const webkitWorker = new PageDriver(engine, { worker: true });
/** WebKitGTK, with shared memory in isolated pages. */
export const webkitSharingMemory = new PageDriver(sharing);

interface Commands {
  readonly driver: string;
  readonly browser: string;
  readonly display: string;
}

function commands(): Commands | undefined {
  const driver = commandFound(["WebKitWebDriver"]);
  const display = commandFound(["Xvfb"]);
  const browser = miniBrowser();
  return driver && display && browser ? { driver, browser, display } : undefined;
}

/** The browser is in the libraries' folder, which is named by the machine's architecture. */
function miniBrowser(): string | undefined {
  try {
    return readdirSync("/usr/lib")
      .map((folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`)
      .find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}

async function find(): Promise<HostSearch> {
  const found = commands();
  if (found === undefined) return { found: false, howToGet: HOW_TO_GET };
  let processes: BrowserProcesses | undefined;
  try {
    // It reports its version only where there is a display.
    processes = new BrowserProcesses("webkit");
    const display = await startDisplay(processes, found);
    const version = await versionOf(found.browser, display.env);
    await display.end();
    if (version !== undefined) return { found: true, version };
  } catch {
    // It does not run.
  } finally {
    await processes?.end();
  }
  return { found: false, howToGet: `${HOW_TO_GET} (${found.browser} does not run)` };
}

async function open(env: Readonly<Record<string, string>>): Promise<Browser> {
  const found = commands();
  if (found === undefined) throw new Error(`WebKitGTK was not found; ${HOW_TO_GET}`);
  const processes = new BrowserProcesses("webkit");
  try {
    const display = await startDisplay(processes, found);
    return {
      page: (url, signal) => openPage(processes, found, { ...display.env, ...env }, url, signal),
      close: async () => {
        await display.end();
        await processes.end();
      },
    };
  } catch (error) {
    await processes.end();
    throw error;
  }
}

/** Starts an invisible display, under a free number. */
async function startDisplay(processes: BrowserProcesses, { display }: Commands) {
  const [child, number] = await processes.start(
    display,
    ["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
    { ready: /^(\d+)\n/, output: "stdout", timeoutMs: START_TIMEOUT_MS },
  );
  return {
    env: { DISPLAY: `:${number}`, GDK_BACKEND: "x11", NO_AT_BRIDGE: "1", GTK_A11Y: "none" },
    // When asked to end, it removes its lock and its socket.
    end: async () => {
      child.process.kill("SIGTERM");
      await child.outcome;
    },
  };
}

async function openPage(
  processes: BrowserProcesses,
  found: Commands,
  env: Readonly<Record<string, string>>,
  url: string,
  signal?: AbortSignal,
): Promise<BrowserPage> {
  const { child, send } = await openWindow(processes, found, env, signal);
  // Ends even a page that never yields, whose driver answers nothing.
  const giveUp = () => void child.end();
  signal?.addEventListener("abort", giveUp);
  try {
    await send("POST", "/url", { url });
    // It does not report a page that could not be loaded, and stays where it was.
    if (url !== EMPTY && (await send("GET", "/url")) === EMPTY)
      throw new Error(`WebKit: ${url} could not be loaded`);
    // No variable of this script's own, which the expression would see.
    const evaluate = (expression: string) =>
      evaluateAsText(expression, (text) =>
        send("POST", "/execute/async", { script: `${text}.then(arguments[0])`, args: [] }),
      );
    await evaluate(LOADED);
    return {
      evaluate,
      screenshot: async (file) => {
        await writeFile(file, Buffer.from((await send("GET", "/screenshot")) as string, "base64"));
      },
      close: () => child.end(),
    };
  } catch (error) {
    await child.end();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** One browser's window, with nothing in it yet, and how its driver takes commands. */
interface Window {
  readonly child: Child;
  readonly send: (method: "GET" | "POST", path: string, body?: Json) => Promise<Json>;
}

/**
 * Starts a browser with its driver. Now and then one stands still while it starts, or finds its driver's port taken:
 * that one is ended, and another one started.
 */
async function openWindow(
  processes: BrowserProcesses,
  found: Commands,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Window> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await tryToOpenWindow(processes, found, env);
    } catch (error) {
      if (attempt === START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function tryToOpenWindow(
  processes: BrowserProcesses,
  { driver, browser }: Commands,
  env: Readonly<Record<string, string>>,
): Promise<Window> {
  const port = await freePort();
  const child = processes.spawn(driver, [`--port=${port}`, "--host=127.0.0.1"], {
    ...env,
    // Its sandbox does not work for root.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
  });
  const late = AbortSignal.timeout(START_ATTEMPT_TIMEOUT_MS);
  try {
    await answering(port, child, late);
    const { sessionId } = (await command(
      port,
      "POST",
      "/session",
      {
        capabilities: {
          alwaysMatch: {
            browserName: "MiniBrowser",
            timeouts: { script: null, pageLoad: LOAD_TIMEOUT_MS },
            "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] },
          },
        },
      },
      late,
    )) as { sessionId: string };
    const path = `/session/${sessionId}`;
    const rect = { ...VIEWPORT, height: VIEWPORT.height + BAR_HEIGHT };
    await command(port, "POST", `${path}/window/rect`, rect, late);
    return { child, send: (method, below, body) => command(port, method, path + below, body) };
  } catch (cause) {
    await child.end();
    throw new Error("WebKit did not start", { cause });
  }
}

/** A port that was free a moment ago; the driver cannot choose one itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Waits until the driver, which prints nothing, responds. */
async function answering(port: number, child: Child, late: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await command(port, "GET", "/status", undefined, late);
      return;
    } catch (cause) {
      if (child.process.exitCode !== null || late.aborted) {
        throw new Error("WebKitWebDriver does not respond", { cause });
      }
      await delay(20);
    }
  }
}

/** One command of WebDriver. Not by `fetch`, which gives up after five minutes. */
function command(
  port: number,
  method: "GET" | "POST",
  path: string,
  body?: Json,
  signal?: AbortSignal,
): Promise<Json> {
  return new Promise((resolve, reject) => {
    const asking = request({
      host: "127.0.0.1",
      port,
      method,
      path,
      agent: false,
      signal,
      headers: { "content-type": "application/json" },
    });
    asking.once("error", reject);
    asking.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        const { value } = JSON.parse(text) as { value: Json };
        if (response.statusCode === 200) return resolve(value);
        const { error, message } = value as { error: string; message: string };
        reject(new Error(`WebKit: ${error}: ${message}`));
      });
    });
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
