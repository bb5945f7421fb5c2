/** Owns how Chromium is found and started, headless, and how playwright-core drives it. Knows nothing of programs. */
import { join } from "node:path";
import type { Browser, BrowserPage } from "./browser.ts";
import { PageDriver } from "./page.ts";
import {
  type BrowserEngine,
  closedInTime,
  commandFound,
  evaluateAsText,
  findBrowser,
  LOAD_TIMEOUT_MS,
  START_TIMEOUT_MS,
  VIEWPORT,
} from "./page-engine.ts";
import { BrowserProcesses } from "./page-process.ts";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const HOW_TO_GET = "apt-get install chromium";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--no-default-browser-check",
  "--no-service-autorun",
  "--password-store=basic",
  "--use-mock-keychain",
  "--disable-background-networking",
  "--disable-breakpad",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--metrics-recording-only",
  // A page that is not in front counts as one that is.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-features=IntensiveWakeUpThrottling,CalculateNativeWinOcclusion,Translate,MediaRouter",
  // On the loopback interface, at a port chosen by the system.
  "--remote-debugging-port=0",
];

const engine: BrowserEngine = {
  name: "Chromium",
  find: () =>
    findBrowser(commandFound(COMMANDS), HOW_TO_GET, {
      name: "playwright-core",
      load: () => import("playwright-core"),
    }),
  open,
};

/** Chromium; a program runs in a page. */
export const chromium = new PageDriver(engine);
/** Chromium; a program runs in a dedicated worker of a page. */
export const chromiumWorker = new PageDriver(engine, { worker: true });

async function open(): Promise<Browser> {
  const command = commandFound(COMMANDS);
  if (command === undefined) throw new Error(`Chromium was not found; ${HOW_TO_GET}`);
  const { chromium: playwright } = await import("playwright-core");
  const processes = new BrowserProcesses("chromium");
  try {
    const [, address] = await processes.start(
      command,
      [...ARGUMENTS, `--user-data-dir=${join(processes.folder, "profile")}`, "about:blank"],
      { ready: /DevTools listening on (ws:\S+)/, output: "stderr", timeoutMs: START_TIMEOUT_MS },
    );
    const browser = await playwright.connectOverCDP(address, {
      timeout: START_TIMEOUT_MS,
      artifactsDir: join(processes.folder, "tmp"),
    });
    return {
      page: async (url): Promise<BrowserPage> => {
        // Each context is a separate window, with separate storage.
        const context = await browser.newContext({ viewport: VIEWPORT });
        try {
          const page = await context.newPage();
          await page.goto(url, { timeout: LOAD_TIMEOUT_MS });
          return {
            evaluate: (expression) => evaluateAsText(expression, (text) => page.evaluate(text)),
            screenshot: async (path) => void (await page.screenshot({ path })),
            close: () => context.close(),
          };
        } catch (error) {
          await closedInTime(context.close());
          throw error;
        }
      },
      close: async () => {
        await closedInTime(browser.close());
        await processes.end();
      },
    };
  } catch (error) {
    await processes.end();
    throw error;
  }
}
