/** The package on Node: joins the core's bytes and Node's host to the loop. */
import { Buffer } from "node:buffer";
import { coreHex } from "../core/binary.ts";
import { compileCore, provideCoreModule } from "../core/wasm.ts";
import { provideHost } from "../host/host.ts";
import { nodeHost } from "../host/node.ts";
import { nodeNetworkThat } from "../host/node-network.ts";
import { promiseContextIfCheaper } from "../host/node-promise-context.ts";
import { nodeRejections } from "../host/node-rejections.ts";

provideCoreModule(() => compileCore(Buffer.from(coreHex, "hex")));
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
