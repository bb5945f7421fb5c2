/** The package in pages and their workers: joins the core's bytes and the web's host to the loop. */
import { coreHex } from "../core/binary.ts";
import { bytesOfHex, compileCore, provideCoreModule } from "../core/wasm.ts";
import { asyncContextStorage } from "../host/async-local-storage.ts";
import { provideHost } from "../host/host.ts";
import { rejectionEvents } from "../host/rejection-events.ts";
import { webHost } from "../host/web.ts";
import { byMessage, byTimer } from "../host/web-wakes.ts";

provideCoreModule(() => compileCore(bytesOfHex(coreHex)));
// A frame has 16 ms, and each wake is expensive in a page: 4 ms leave time to draw.
provideHost(
  webHost({
    name: "browser",
    sliceMs: 4,
    perRequest: false,
    wakeSoon: byMessage(byTimer),
    fetchOfPage: true,
    findTaskStorage: asyncContextStorage,
    swallowRejections: rejectionEvents({ capture: true }),
  }),
);

export * from "../index.ts";
