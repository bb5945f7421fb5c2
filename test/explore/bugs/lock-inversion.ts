/** A lock inversion: two transfers between the same accounts lock them in different orders, and each waits for the other. */
import { type Coroutine, gather, Lock, sleep } from "wasyncio";
import { must } from "./must.ts";

interface Account {
  readonly number: number;
  readonly lock: Lock;
  balance: number;
}

export function* lockInversion(mended: boolean): Coroutine<void> {
  const alice: Account = { number: 1, lock: new Lock(), balance: 10 };
  const bob: Account = { number: 2, lock: new Lock(), balance: 10 };

  function* transfer(from: Account, to: Account, amount: number): Coroutine<void> {
    const [first, second] = mended && from.number > to.number ? [to, from] : [from, to];
    yield* first.lock.acquire();
    yield* sleep(0);
    yield* second.lock.acquire();
    from.balance -= amount;
    to.balance += amount;
    second.lock.release();
    first.lock.release();
  }

  function* payBack(): Coroutine<void> {
    yield* sleep(0);
    yield* transfer(bob, alice, 3);
  }

  yield* gather(transfer(alice, bob, 5), payBack());
  must(alice.balance === 8, "money is lost");
}
