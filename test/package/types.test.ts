/** The published types: a strict program compiles against them, without skipping the check of the declarations. */
import { expect, test } from "vitest";
import { nodeOutcome } from "./node-child.ts";

const TSC = "node_modules/typescript/bin/tsc";

test("a consumer's program compiles against the built declarations, which give no internals away", async () => {
  expect(await nodeOutcome(TSC, "-p", "test/package/consumer.json")).toMatchObject({ code: 0, stdout: "" });
});
