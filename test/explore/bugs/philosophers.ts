/** A deadlock in a ring: five philosophers come one after the other, and each takes a fork before the last has taken its second. */
import { type Coroutine, gather, Lock, sleep } from "wasyncio";

const SEATS = 5;

export function* philosophers(mended: boolean): Coroutine<void> {
  const forks = Array.from({ length: SEATS }, () => new Lock());

  function* dine(seat: number): Coroutine<void> {
    for (let turn = 0; turn < seat; turn++) yield* sleep(0);
    const [left, right] = [forks[seat], forks[(seat + 1) % SEATS]] as [Lock, Lock];
    // Mended, one of them is left-handed, and the ring is broken.
    const [first, second] = mended && seat === 0 ? [right, left] : [left, right];
    yield* first.acquire();
    yield* sleep(0);
    yield* second.acquire();
    second.release();
    first.release();
  }

  yield* gather(...forks.map((_, seat) => dine(seat)));
}
