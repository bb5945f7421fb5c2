/** `Future.then` where Promises/A+ has no test: the order of callbacks that come before and after the future is done (2.2.6). */
import { afterEach, beforeEach, expect, it } from "vitest";
import { type EventLoop, newEventLoop } from "wasyncio";

let loop: EventLoop;

beforeEach(() => {
  loop = newEventLoop();
});

afterEach(() => loop.close());

it("Future.then calls those of before first, in the order of the calls", async () => {
  const order: string[] = [];
  const future = loop.createFuture<number>();
  const running = loop.runForever();
  const last: PromiseLike<unknown>[] = [];
  for (const name of ["a", "b"]) future.then(() => order.push(name));
  future.setResult(1);
  for (const name of ["c", "d"]) last.push(future.then(() => order.push(name)));
  await Promise.all(last);
  last.push(future.then(() => order.push("e")));
  await last.at(-1);
  loop.stop();
  await running;
  expect(order).toEqual(["a", "b", "c", "d", "e"]);
});

it("Future.then of one that is done needs no loop that runs", async () => {
  const future = loop.createFuture<number>();
  future.setResult(1);
  expect(await future.then((value) => value + 1)).toBe(2);
});
