/**
 * Owns where Redis is: what a URL says of it, and what of that may be told. The password is in no message.
 */
import { checkString } from "../../core/checks.ts";
import { ArgumentError } from "../../core/errors.ts";
import { ExecutorError } from "../errors.ts";

/** How Redis is reached, as BullMQ takes it. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: object;
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE, which does not repeat the URL. */
export function placeOf(caller: string, redis: unknown): RedisPlace {
  const text = checkString(caller, "the URL of Redis", redis instanceof URL ? redis.href : redis);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol)) {
    throw new ArgumentError(
      "ERR_ARGUMENT_VALUE",
      `${caller} needs a URL such as redis://user:password@host:6379/0; what it got is not repeated, since it may hold a password`,
    );
  }
  const db = Number(url.pathname.slice(1) || 0);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : Number(url.port),
    ...(url.username !== "" && { username: decodeURIComponent(url.username) }),
    ...(url.password !== "" && { password: decodeURIComponent(url.password) }),
    ...(Number.isInteger(db) && db > 0 && { db }),
    ...(url.protocol === "rediss:" && { tls: {} }),
  };
}

/** What is said of a Redis that does not answer. */
export function unreachable(place: RedisPlace, afterMs: number): ExecutorError {
  return new ExecutorError(
    "ERR_QUEUE_UNREACHABLE",
    `${inWords(place)} has not answered for ${afterMs} ms; start Redis, or check its URL. Calls that were accepted may still be made`,
  );
}

/** As it may be told to anybody. */
function inWords({ host, port }: RedisPlace): string {
  return `redis://${host}:${port}`;
}
