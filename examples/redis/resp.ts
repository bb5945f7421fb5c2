/**
 * Owns RESP, the protocol of Redis: how commands are written, and how replies are read. Knows nothing of connections beyond
 * their streams.
 */
import type { StreamReader } from "wasyncio";

/** What Redis answers. */
export type Reply = string | number | null | RedisError | Reply[];

/** Redis has understood, and refuses. */
export class RedisError extends Error {
  override readonly name = "RedisError";
  /** Its first word, such as WRONGTYPE. */
  get code(): string {
    return this.message.split(" ", 1)[0] as string;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A command as the bytes of a list of strings. */
export function encodeCommand(parts: readonly (string | number)[]): Uint8Array {
  let text = `*${parts.length}\r\n`;
  for (const part of parts) text += `$${encoder.encode(String(part)).length}\r\n${part}\r\n`;
  return encoder.encode(text);
}

/** The next reply, or undefined at the end of the stream. */
export function* readReply(reader: StreamReader): Generator<unknown, Reply | undefined, unknown> {
  const line = decoder.decode(yield* reader.readline());
  if (line === "") return undefined;
  if (!line.endsWith("\r\n")) throw new Error(`Redis has sent no line: ${JSON.stringify(line.slice(0, 40))}`);
  const rest = line.slice(1, -2);
  switch (line[0]) {
    case "+":
      return rest;
    case "-":
      return new RedisError(rest);
    case ":":
      return Number(rest);
    case "$":
      return yield* readBulk(reader, Number(rest));
    case "*":
      return yield* readList(reader, Number(rest));
    default:
      throw new Error(`Redis has sent what is no reply: ${JSON.stringify(line.slice(0, 40))}`);
  }
}

function* readBulk(reader: StreamReader, length: number): Generator<unknown, string | null, unknown> {
  if (length < 0) return null;
  // A connection that is cut in the midst of it is an IncompleteReadError here, and never half a value.
  const bytes = yield* reader.readexactly(length + 2);
  return decoder.decode(bytes.subarray(0, length));
}

function* readList(reader: StreamReader, length: number): Generator<unknown, Reply, unknown> {
  if (length < 0) return null;
  const list: Reply[] = [];
  for (let i = 0; i < length; i++) list.push((yield* readReply(reader)) as Reply);
  return list;
}
