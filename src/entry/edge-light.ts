/** The package on Vercel's edge: joins the core and the web's host to the loop. */
// Compiling at run time is forbidden there; this import makes the bundler compile the file.
import coreModule from "../../core.wasm?module";
import { provideCoreModule } from "../core/wasm.ts";
import { globalStorage } from "../host/async-local-storage.ts";
import { provideHost } from "../host/host.ts";
import { webHost } from "../host/web.ts";
import { byTimer } from "../host/web-wakes.ts";

provideCoreModule(() => coreModule);
provideHost(
  webHost({
    name: "edge-light",
    sliceMs: 1,
    perRequest: true,
    wakeSoon: byTimer,
    fetchOfPage: false,
    findTaskStorage: globalStorage,
  }),
);

export * from "../index.ts";
