// Node keeps the host contract.

import { describe } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { nodeNetwork } from "../../src/host/node-network.ts";
import { hostContract } from "./contract.ts";

describe("Node", () =>
  hostContract(nodeHost({ name: "node", network: nodeNetwork }), {
    network: true,
    fetch: true,
    taskStorage: true,
  }));
