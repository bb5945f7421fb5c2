/**
 * A reply of another: a command is cancelled after it was sent, its connection is used again, and from then on everybody gets
 * the reply of the one before.
 * After https://github.com/redis/redis-py/issues/2624.
 */
import { type Coroutine, createTask, Future, gather, getRunningLoop, sleep } from "wasyncio";
import { must } from "./must.ts";

class Connection {
  private readonly replies: string[] = [];
  private arrival: Future<void> | undefined;

  send(command: string): void {
    getRunningLoop().callLater(2, () => {
      this.replies.push(`reply to ${command}`);
      if (this.arrival?.pending()) this.arrival.setResult();
    });
  }

  *receive(): Coroutine<string> {
    while (this.replies.length === 0) {
      this.arrival = new Future();
      yield* this.arrival;
    }
    return this.replies.shift() as string;
  }
}

export function* replyOfAnother(mended: boolean): Coroutine<void> {
  let idle: Connection | undefined;

  function* connect(): Coroutine<Connection> {
    yield* sleep(5);
    return new Connection();
  }

  function* command(text: string): Coroutine<string> {
    const connection = idle ?? (yield* connect());
    let isClean = false;
    try {
      connection.send(text);
      const reply = yield* connection.receive();
      isClean = true;
      return reply;
    } finally {
      idle = mended && !isClean ? undefined : connection;
    }
  }

  const first = createTask(command("GET a"));
  yield* sleep(5);
  first.cancel();
  yield* gather(first, { returnExceptions: true });
  const reply = yield* command("GET b");
  must(reply === "reply to GET b", `GET b got the ${reply}`);
}
