/** The package on Node: joins the core's bytes and Node's host to the loop. */
import { coreHex } from "../core/binary.ts";
import { compileCore, provideCoreModule } from "../core/wasm.ts";
import { provideHost } from "../host/host.ts";
import { nodeHost } from "../host/node.ts";
import { bytesOfHex } from "../host/node-hex.ts";
import { nodeNetworkThat } from "../host/node-network.ts";
import { promiseContextIfCheaper } from "../host/node-promise-context.ts";
import { nodeRejections } from "../host/node-rejections.ts";

provideCoreModule(() => compileCore(bytesOfHex(coreHex)));
provideHost(
  nodeHost({
    name: "node",
    network: nodeNetworkThat(true),
    swallowRejections: nodeRejections,
    ticksAfterMicrotasks: true,
    createTaskStorage: promiseContextIfCheaper(),
  }),
);

export * from "../index.ts";
