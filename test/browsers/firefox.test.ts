/** Firefox as a host: programs in pages and workers, pages to look at, and nothing left behind. */
import { firefox, firefoxWorker } from "../../hosts/firefox.ts";
import { onEngine } from "./engine.ts";

await onEngine({
  module: "firefox",
  page: firefox,
  worker: firefoxWorker,
  howToGet: "apt-get install firefox-esr",
  driving: "puppeteer-core",
});
