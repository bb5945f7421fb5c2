/** Owns replaying on other hosts what was found on this one: each token shows its bug every time, with the same error. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExplorationError } from "wasyncio/testing";
import { chromium } from "../../../hosts/chromium.ts";
import type { HostDriver, HostSession, Json } from "../../../hosts/driver.ts";
import { bun, deno, thisNode } from "../../../hosts/process.ts";
import { programFor } from "../../hosts/bundle.ts";
import { bugs } from "../bugs/index.ts";
import { search, summaryOf } from "../bugs/search.ts";
import type { Asked } from "./replays.ts";

const HOST_MS_MAX = 300_000;

/** Has every known bug replayed so many times on each host. */
export async function replaysOnHosts(times: number): Promise<void> {
  const found: ExplorationError[] = [];

  beforeAll(async () => {
    for (const bug of bugs) found.push((await search(bug, false, {})) as ExplorationError);
  }, HOST_MS_MAX);

  for (const driver of [thisNode, deno, bun, chromium]) await onHost(driver, times, found);
}

async function onHost(driver: HostDriver, times: number, found: readonly ExplorationError[]): Promise<void> {
  const host = await driver.find();
  describe(driver.name, () => {
    let session: HostSession | undefined;
    afterAll(() => session?.close());

    test(
      `what explore has found is replayed ${times} times of ${times}`,
      async ({ skip }) => {
        if (!host.found && process.env.CI === undefined) skip(`not found; ${host.howToGet}`);
        session = await driver.start();
        const file = await programFor(driver, "../explore/hosts/replays.ts");
        const asked: Asked = { tokens: found.map(({ token }) => token), times };
        const outcomes = await session.run({
          file,
          config: asked as unknown as Json,
          timeoutMs: HOST_MS_MAX,
        });
        expect(outcomes).toEqual(found.map(({ cause }) => ({ [summaryOf(cause)]: times })));
      },
      HOST_MS_MAX,
    );
  });
}
