/**
 * Owns the wait for a socket that the host is opening, until it can be used or has failed. Knows nothing of what it is opened for.
 */
import type { EventLoop } from "../core/loop.ts";
import type { HostEvents } from "../host/network.ts";
import { Channel, HANGUP, WRITABLE } from "./channel.ts";
import { fail } from "./waiters.ts";

/** What the host opens. */
interface Opening {
  watch(events: HostEvents): void;
  destroy(): void;
}

/**
 * Opens it, and waits until it is open. Nothing of it is left if it fails or is cancelled.
 * @param failure - the error, if the host reports a failure.
 * @param limit - after how many milliseconds it fails, and with what.
 */
export function* opened<S extends Opening>(
  loop: EventLoop,
  open: () => S,
  failure: (channel: Channel) => Error,
  limit?: { readonly timeoutMs: number; readonly error: () => Error },
): Generator<unknown, { readonly socket: S; readonly channel: Channel }, unknown> {
  const isOpen = loop.createFuture<void>();
  let socket: S | undefined;
  const channel = new Channel(loop, {
    ready(bits) {
      if (!isOpen.pending()) return;
      if (bits & HANGUP) fail(isOpen, failure(channel));
      else isOpen.setResult();
    },
    abandoned: () => socket?.destroy(),
  });
  const timer =
    limit &&
    loop.callLater(limit.timeoutMs, () => {
      if (isOpen.pending()) fail(isOpen, limit.error());
    });
  try {
    socket = open();
    socket.watch(channel);
    channel.want(WRITABLE | HANGUP);
    yield* isOpen;
    return { socket, channel };
  } catch (error) {
    socket?.destroy();
    channel.close();
    throw error;
  } finally {
    timer?.cancel();
  }
}
