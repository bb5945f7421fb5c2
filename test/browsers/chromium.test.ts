/** Chromium as a host: programs in pages and workers, pages to look at, and nothing left behind. */
import { chromium, chromiumWorker } from "../../hosts/chromium.ts";
import { onEngine } from "./engine.ts";

await onEngine({
  module: "chromium",
  page: chromium,
  worker: chromiumWorker,
  howToGet: "apt-get install chromium",
  driving: "playwright-core",
});
