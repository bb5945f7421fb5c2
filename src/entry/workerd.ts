/** The package on workerd: joins the core and the web's host to the loop. */
// The only way to compile that is allowed everywhere there: wrangler makes a module of the file.
import coreModule from "../../core.wasm";
import { provideCoreModule } from "../core/wasm.ts";
import { provideHost } from "../host/host.ts";
import { rejectionEvents } from "../host/rejection-events.ts";
import { webHost } from "../host/web.ts";
import { byImmediate, byTimer } from "../host/web-wakes.ts";
import { workerdStorage } from "../host/workerd-async-hooks.ts";
import { workerdNetwork } from "../host/workerd-network.ts";

provideCoreModule(() => coreModule);
provideHost(
  webHost({
    name: "workerd",
    sliceMs: 1,
    perRequest: true,
    // Not by messages, which are microtasks there and would starve timers and I/O.
    wakeSoon: byImmediate(byTimer),
    fetchOfPage: false,
    network: workerdNetwork,
    findTaskStorage: workerdStorage,
    swallowRejections: rejectionEvents({ capture: false }),
  }),
);

export * from "../index.ts";
