/** Runs the tour as a user does, from the built package: all of it, one part, the list, and a part that is not there. */
import { expect, it } from "vitest";
import { nodeOutcome } from "./node-child.ts";

const TOUR = "build/examples/tour/main.js";

it("the tour shows every part, leaves nothing open and ends with 0", async () => {
  const { code, stdout, stderr } = await nodeOutcome(TOUR);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [, summary = ""] = stdout.split("── summary\n");
  for (const outcome of [
    /hello .* both were here: Ada and Grace/,
    /pages .* one by one \d+ ms, all at once \d+ ms/,
    /timeouts .* answered, TimeoutError ERR_TIMEOUT, NetworkError ECONNREFUSED/,
    /periodic .* \d ticks, then none/,
    /callback .* told: the result/,
    /cancel .* cancelled, after it had cleaned up/,
    /policy .* 1 loop made by it, ran on it/,
    /clients .* 1000 clients, 2000000 bytes/,
    /nothing is left open/,
  ]) {
    expect(summary).toMatch(outcome);
  }
}, 30_000);

it("npm start -- NAME runs one part, --list names them all, and an unknown name is an error", async () => {
  const one = await nodeOutcome(TOUR, "hello");
  expect(one.code).toBe(0);
  expect(one.stdout.match(/^── /gm)).toHaveLength(2);
  const list = await nodeOutcome(TOUR, "--list");
  expect(list.stdout.trim().split("\n")).toHaveLength(8);
  const wrong = await nodeOutcome(TOUR, "nope");
  expect([wrong.code, wrong.stderr]).toEqual([2, "unknown part nope; npm start -- --list lists the parts\n"]);
}, 30_000);
