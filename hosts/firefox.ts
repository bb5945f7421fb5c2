/** Owns how Firefox is found and started, headless, and how puppeteer-core drives it by WebDriver BiDi. Knows nothing of programs. */
import { mkdirSync, writeFileSync } from "node:fs";
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

const COMMANDS = ["firefox-esr", "firefox"];
const HOW_TO_GET = "apt-get install firefox-esr";

/** In addition to those that Firefox itself sets when it is driven. */
const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  // It contacts only the pages' own servers.
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.update.enabled": false,
  "browser.search.update": false,
  "datareporting.healthreport.uploadEnabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.type": 0,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
  // Only the pages that are requested.
  "browser.aboutwelcome.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage": "about:blank",
  "browser.startup.page": 0,
  "startup.homepage_welcome_url": "about:blank",
  // A page that is not in front counts as one that is, and a long run is not a hang.
  "dom.min_background_timeout_value": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
  "dom.ipc.processPriorityManager.enabled": false,
  "dom.max_script_run_time": 0,
  "dom.ipc.processHangMonitor": false,
};

const engine: BrowserEngine = {
  name: "Firefox",
  find: () =>
    findBrowser(commandFound(COMMANDS), HOW_TO_GET, {
      name: "puppeteer-core",
      load: () => import("puppeteer-core"),
    }),
  open,
};

/** Firefox; a program runs in a page. */
export const firefox = new PageDriver(engine);
/** Firefox; a program runs in a dedicated worker of a page. */
export const firefoxWorker = new PageDriver(engine, { worker: true });

async function open(): Promise<Browser> {
  const command = commandFound(COMMANDS);
  if (command === undefined) throw new Error(`Firefox was not found; ${HOW_TO_GET}`);
  const { connect } = await import("puppeteer-core");
  const processes = new BrowserProcesses("firefox");
  try {
    const profile = join(processes.folder, "profile");
    mkdirSync(profile);
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    writeFileSync(join(profile, "user.js"), lines.join(""));
    const [, address] = await processes.start(
      command,
      ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0", "about:blank"],
      {
        env: { MOZ_CRASHREPORTER_DISABLE: "1" },
        ready: /WebDriver BiDi listening on (ws:\S+)/,
        output: "stderr",
        timeoutMs: START_TIMEOUT_MS,
      },
    );
    const browser = await connect({
      browserWSEndpoint: `${address}/session`,
      protocol: "webDriverBiDi",
      defaultViewport: VIEWPORT,
      // A program may take as long as its caller allows.
      protocolTimeout: 0,
    });
    return {
      page: async (url): Promise<BrowserPage> => {
        const context = await browser.createBrowserContext();
        try {
          const page = await context.newPage({ type: "window" });
          await page.goto(url, { timeout: LOAD_TIMEOUT_MS });
          return {
            evaluate: (expression) => evaluateAsText(expression, (text) => page.evaluate(text)),
            screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
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
