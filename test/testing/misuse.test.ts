/** What an explored program may not do, whatever the schedule. */
import { expect, test } from "vitest";
import { adopt, toThread } from "wasyncio";
import { explore, type Program } from "wasyncio/testing";

const MISUSES: [string, Program<unknown>, string][] = [
  [
    "threads",
    function* () {
      yield* toThread(() => 1);
    },
    "ERR_REAL_IO",
  ],
  [
    "sockets of the host",
    function* () {
      yield* (yield* adopt(import("wasyncio"))).openConnection("127.0.0.1", 1);
    },
    "ERR_REAL_IO",
  ],
  [
    "sockets of the host, caught",
    async () => {
      const { openConnection } = await import("wasyncio");
      try {
        await openConnection("127.0.0.1", 1);
      } catch {}
    },
    "ERR_REAL_IO",
  ],
  ["a promise that never comes", () => new Promise(() => {}), "ERR_FOREIGN_AWAIT"],
  [
    "an adopted promise that never comes",
    function* () {
      yield* adopt(new Promise(() => {}));
    },
    "ERR_FOREIGN_AWAIT",
  ],
];

test.each(MISUSES)("explore refuses %s", async (_, program, code) => {
  await expect(explore(program, { runs: 5, idleMs: 20 })).rejects.toMatchObject({ name: "RunError", code });
});
