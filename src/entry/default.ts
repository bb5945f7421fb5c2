/** The package on a host without a condition of its own: joins the core's bytes and the web's host to the loop. */
import { coreHex } from "../core/binary.ts";
import { bytesOfHex, compileCore, provideCoreModule } from "../core/wasm.ts";
import { asyncContextStorage, globalStorage } from "../host/async-local-storage.ts";
import { provideHost } from "../host/host.ts";
import { rejectionEvents } from "../host/rejection-events.ts";
import { webHost } from "../host/web.ts";
import { byImmediate, byMessage, byTimer } from "../host/web-wakes.ts";

provideCoreModule(() => compileCore(bytesOfHex(coreHex)));
provideHost(
  webHost({
    name: "web",
    sliceMs: 1,
    perRequest: false,
    wakeSoon: byImmediate(byMessage(byTimer)),
    fetchOfPage: true,
    findTaskStorage: () => asyncContextStorage() ?? globalStorage(),
    swallowRejections: rejectionEvents({ capture: false }),
  }),
);

export * from "../index.ts";
