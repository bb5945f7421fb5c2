// Node keeps the host contract.

import { describe } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { hostContract } from "./contract.ts";

describe("Node", () => hostContract(nodeHost, { network: true, fetch: true, taskStorage: true }));
