/** The package on Deno: joins the core's bytes to Node's host, which is made of modules that Deno has too. */
import { coreHex } from "../core/binary.ts";
import { compileCore, provideCoreModule } from "../core/wasm.ts";
import { denoRefusal } from "../host/deno.ts";
import { guardedNetwork } from "../host/guarded-network.ts";
import { provideHost } from "../host/host.ts";
import { nodeHost } from "../host/node.ts";
import { bytesOfHex } from "../host/node-hex.ts";
import { nodeNetwork } from "../host/node-network.ts";
import { unstoppedTls } from "../host/node-tls-unstopped.ts";
import { rejectionEvents } from "../host/rejection-events.ts";

provideCoreModule(() => compileCore(bytesOfHex(coreHex)));
provideHost(
  nodeHost({
    name: "deno",
    // Deno shares a port between servers, and takes no notice of the wish where datagrams are concerned.
    network: { ...guardedNetwork(nodeNetwork, denoRefusal), reusesDatagramPorts: false, tls: unstoppedTls },
    swallowRejections: rejectionEvents({ capture: false }),
    ticksAfterMicrotasks: true,
  }),
);

export * from "../index.ts";
