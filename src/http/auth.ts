/**
 * Owns basic authentication. Nothing of it gets into a message.
 */
import { ArgumentError } from "../core/errors.ts";

/** A login and its password. aiohttp: `BasicAuth`, which encodes Latin-1 by default; here it is UTF-8. */
export interface BasicAuth {
  /** Without a colon. */
  readonly login: string;
  readonly password: string;
}

/**
 * The value of an `authorization` header.
 * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 */
export function authorizationOf(caller: string, auth: unknown): string {
  const { login, password } = (auth ?? {}) as { readonly [name in keyof BasicAuth]?: unknown };
  if (typeof login !== "string" || typeof password !== "string")
    throw new ArgumentError(
      "ERR_ARGUMENT_TYPE",
      `${caller} needs auth with a login and a password, as strings`,
    );
  if (login.includes(":"))
    throw new ArgumentError("ERR_ARGUMENT_VALUE", `${caller} needs auth with a login without a colon`);
  return `Basic ${base64(`${login}:${password}`)}`;
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
