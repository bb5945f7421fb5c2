/**
 * Owns what a session does with a cookie jar that it was given: the cookies for each URL that is asked, also after a redirect, and those
 * that come with each answer. Which cookie belongs where is the jar's affair.
 */
import type { Exchange } from "./exchange.ts";

/** What a session needs of a cookie jar: the `CookieJar` of the package tough-cookie is one. aiohttp: `AbstractCookieJar`. */
export interface CookieJarLike {
  /** The value of the `cookie` header for a URL. */
  getCookieString(url: string): PromiseLike<string>;
  /** Keeps what came as a `set-cookie` header. With `ignoreError`, what it does not accept is dropped, such as a cookie for another domain. */
  setCookie(cookie: string, url: string, options: { ignoreError: boolean }): PromiseLike<unknown>;
}

/** The value of the `cookie` header: what the request has of its own, and what the jar has for the URL. */
export function* cookiesFor(
  exchange: Exchange,
  jar: CookieJarLike,
  url: URL,
  own: string | undefined,
): Generator<unknown, string | undefined, unknown> {
  const kept = yield* exchange.wait(() => jar.getCookieString(url.href));
  const all = [own, kept].filter((each) => each !== undefined && each !== "");
  return all.length === 0 ? undefined : all.join("; ");
}

/** Keeps the cookies that came, each as a `set-cookie` header has it. */
export function* keepCookies(
  exchange: Exchange,
  jar: CookieJarLike,
  url: URL,
  cookies: readonly string[],
): Generator<unknown, void, unknown> {
  for (const cookie of cookies)
    yield* exchange.wait(() => jar.setCookie(cookie, url.href, { ignoreError: true }));
}
