/**
 * Owns the seeds of random tests: a few that never change, so that a test that passed stays passed, and a fresh one, so
 * that the next run sees something new. `WASYNCIO_SEED` names the one to repeat. The numbers come from fuzz/random.ts.
 */
export { Random } from "./fuzz/random.ts";

const FIXED_SEEDS = [1, 2, 3];

/** The seeds to run a random test with. The test's name has to show its seed. */
export function seeds(): number[] {
  const asked = process.env.WASYNCIO_SEED;
  if (asked === undefined) return [...FIXED_SEEDS, Math.floor(Math.random() * 2 ** 32)];
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`WASYNCIO_SEED must be an integer, not '${asked}'`);
  return [seed];
}
