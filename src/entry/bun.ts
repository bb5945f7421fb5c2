/** The package on Bun: joins the core's bytes to Node's host, which is made of modules that Bun has too. */
import { coreHex } from "../core/binary.ts";
import { compileCore, provideCoreModule } from "../core/wasm.ts";
import { bunRejections } from "../host/bun-rejections.ts";
import { provideHost } from "../host/host.ts";
import { nodeHost } from "../host/node.ts";
import { bytesOfHex } from "../host/node-hex.ts";
import { nodeNetwork } from "../host/node-network.ts";

provideCoreModule(() => compileCore(bytesOfHex(coreHex)));
// Ticks are not asked for: Bun's come between microtasks.
provideHost(nodeHost({ name: "bun", network: nodeNetwork, swallowRejections: bunRejections }));

export * from "../index.ts";
