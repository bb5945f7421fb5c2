/** What workerd's global scope refuses, and what a program learns about it. */
import { afterAll, expect, test } from "vitest";
import { workerd, workerdPlain } from "../../hosts/workerd.ts";
import { isExpected } from "../hosts/presence.ts";
import { Bundles } from "./bundle.ts";

const bundles = new Bundles();
afterAll(() => bundles.remove());

const PROGRAM = `
  import { newEventLoop, run, sleep } from "wasyncio";
  const codes = [];
  const told = (how) => (error) => codes.push([how, error.name, error.code, error.message]);
  run(function* () { yield* sleep(1); }).catch(told("run"));
  newEventLoop().runForever().catch(told("runForever"));
  export default async () => {
    await run(sleep(1));
    return codes;
  };
`;

for (const driver of [workerd, workerdPlain]) {
  const there = await isExpected(driver);
  test.skipIf(!there)(
    `${driver.name}: a loop at global scope is refused, and one in a request runs`,
    async () => {
      const session = await driver.start();
      try {
        const file = await bundles.ofText("workerd", PROGRAM);
        const codes = await session.run({ file, config: null, timeoutMs: 20_000 });
        const refused = [
          "LoopError",
          "ERR_HOST_REFUSED",
          expect.stringMatching(
            /'workerd' does not allow a loop to run here: .*; .* call run\(\) while handling one/,
          ),
        ];
        expect(codes).toEqual([
          ["runForever", ...refused],
          ["run", ...refused],
        ]);
      } finally {
        await session.close();
      }
    },
  );
}
