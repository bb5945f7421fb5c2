/** WebKitGTK as a host: programs in pages and workers, pages to look at, and nothing left behind. */
import { webkit, webkitWorker } from "../../hosts/webkit.ts";
import { onEngine } from "./engine.ts";

await onEngine({
  module: "webkit",
  page: webkit,
  worker: webkitWorker,
  howToGet: "apt-get install webkit2gtk-driver xvfb",
});
