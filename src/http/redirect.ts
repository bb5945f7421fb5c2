/**
 * Owns what becomes of a request that is redirected, by the rules of Fetch, but stricter in one respect: headers that are not for
 * every origin are dropped at another one, where Fetch withholds only `authorization`. Knows nothing of how requests are made.
 */
import { NetworkError } from "../io/errors.ts";
import { describeRequest } from "./errors.ts";
import { impersonal, leakedByFetch } from "./headers.ts";
import type { PreparedRequest } from "./request.ts";

/** How often a request may be redirected, as in Fetch. */
const REDIRECTS_MAX = 20;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Headers that describe a body, and mean nothing without one. */
const OF_BODY = ["content-encoding", "content-language", "content-length", "content-type"];

/**
 * What `fetch` is to do about redirects. It follows them itself only where it does not reveal their targets and no header
 * could leak.
 */
export function fetchMode({ redirect, headers }: PreparedRequest, fetchOfPage: boolean): "follow" | "manual" {
  return redirect === "follow" && fetchOfPage && leakedByFetch(headers) === undefined ? "follow" : "manual";
}

/**
 * The request that a response asks for, or undefined when it is the answer.
 * @param count - how many redirects came before.
 * @throws NetworkError EREDIRECT when it must not or cannot be followed.
 */
export function redirected(
  request: PreparedRequest,
  response: Response,
  count: number,
): PreparedRequest | undefined {
  const { method, url, headers, body, redirect } = request;
  const hidden = response.type === "opaqueredirect";
  if (redirect === "manual" || !(hidden || REDIRECTS.has(response.status))) return undefined;
  if (redirect === "error") throw cannotFollow(request, "request its target directly");
  if (hidden) {
    throw cannotFollow(
      request,
      `a page cannot see its target, and the header '${leakedByFetch(headers)}' could reach another origin; request its target directly`,
    );
  }
  const location = response.headers.get("location");
  if (location === null) return undefined;
  const { maxRedirects = REDIRECTS_MAX } = request.settings;
  if (count >= maxRedirects)
    throw cannotFollow(
      request,
      `it came after ${count} others; use a higher maxRedirects, or check the server`,
    );
  const next = targetOf(request, location);
  const toGet =
    response.status === 303
      ? method !== "GET" && method !== "HEAD"
      : method === "POST" && (response.status === 301 || response.status === 302);
  if (!toGet && body !== undefined && "source" in body)
    throw cannotFollow(
      request,
      "a body that comes in pieces cannot be sent twice; request its target directly",
    );
  const sent = next.origin === url.origin ? new Map(headers) : impersonal(headers);
  if (toGet) for (const name of OF_BODY) sent.delete(name);
  return {
    ...request,
    method: toGet ? "GET" : method,
    url: next,
    headers: sent,
    body: toGet ? undefined : body,
  };
}

function targetOf(request: PreparedRequest, location: string): URL {
  let target: URL;
  try {
    target = new URL(location, request.url);
  } catch {
    throw cannotFollow(request, "its target is not a URL");
  }
  if (target.protocol !== "http:" && target.protocol !== "https:")
    throw cannotFollow(request, `its target is a '${target.protocol}' URL`);
  if (target.username !== "" || target.password !== "")
    throw cannotFollow(request, "its target contains a user name and password");
  return target;
}

function cannotFollow({ method, url }: PreparedRequest, why: string): NetworkError {
  return new NetworkError(
    "EREDIRECT",
    `${describeRequest(method, url)}: the server sent a redirect that was not followed; ${why}`,
  );
}
