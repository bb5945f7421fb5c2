/**
 * A time-out that loses an item: the item has been handed to one who waits for it, whose time is up before it goes on.
 * After https://github.com/tornadoweb/tornado/issues/2826.
 */
import { type Coroutine, createTask, Future, getRunningLoop, sleep, TimeoutError, timeout } from "wasyncio";
import { must } from "./must.ts";

class Mailbox {
  private readonly letters: string[] = [];
  private waiting: Future<string> | undefined;
  private readonly mended: boolean;

  constructor(mended: boolean) {
    this.mended = mended;
  }

  put(letter: string): void {
    if (this.waiting?.pending()) this.waiting.setResult(letter);
    else this.letters.push(letter);
  }

  *get(): Coroutine<string> {
    const letter = this.letters.shift();
    if (letter !== undefined) return letter;
    const waiting = new Future<string>();
    this.waiting = waiting;
    try {
      return yield* waiting;
    } catch (error) {
      if (this.mended && !waiting.cancelled()) this.letters.unshift(waiting.result());
      throw error;
    }
  }
}

export function* lostItem(mended: boolean): Coroutine<void> {
  const mailbox = new Mailbox(mended);

  function* receive(): Coroutine<string> {
    for (;;) {
      try {
        return yield* timeout(5, () => mailbox.get());
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
    }
  }

  const receiver = createTask(receive());
  // It has to be waiting before the letter is on its way.
  yield* sleep(0);
  getRunningLoop().callLater(5, () => mailbox.put("a letter"));
  yield* sleep(20);
  must(receiver.done(), "the letter is lost");
}
