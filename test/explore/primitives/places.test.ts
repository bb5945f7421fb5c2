/** The limits of an HTTP session, explored: never exceeded, and no place is lost, whoever is cancelled while it waits for one. */
import { expect, it } from "vitest";
import { type Coroutine, gather, getRunningLoop, sleep } from "wasyncio";
import { explore } from "wasyncio/testing";
import { Places } from "../../../src/http/places.ts";

it("Places keeps to both limits, and has all places free at the end", async () => {
  const { cancellations } = await explore(
    function* () {
      const loop = getRunningLoop();
      const places = new Places(2, 1);
      const open: string[] = [];
      function* exchange(origin: string, ms: number): Coroutine<void> {
        const place = places.take(loop, origin);
        try {
          if (place.turn !== undefined) yield* place.turn;
          expect(open).not.toContain(origin);
          open.push(origin);
          expect(open.length).toBeLessThanOrEqual(2);
          try {
            yield* sleep(ms);
          } finally {
            open.splice(open.indexOf(origin), 1);
          }
        } finally {
          place.release();
        }
      }
      const exchanges = ["a", "a", "b", "c", "b", "a"].map((origin, i) => exchange(origin, i % 2));
      yield* gather(...exchanges, { returnExceptions: true });
      for (const origin of ["a", "b"]) expect(places.take(loop, origin).taken).toBe(true);
    },
    { runs: 200, cancellations: true },
  );
  expect(cancellations).toBeGreaterThan(5);
});
