// What may be a secret shows in no error, wherever it was given, and whatever is wrong with it: keys, passphrases, passwords, cookies,
// proxies, URLs, bodies and environment variables, also where they stand in the place of something else.

import { expect, test } from "vitest";
import {
  createServer,
  openConnection,
  Protocol,
  run,
  startServer,
  startTls,
  type TlsOptions,
} from "wasyncio";
import { ProcessPoolExecutor } from "wasyncio/executors";
import { ClientSession, type RequestOptions } from "wasyncio/http";
import { createSubprocessExec, createSubprocessShell } from "wasyncio/subprocess";
import { createSubprocessWasi } from "wasyncio/wasi";
import { makeCertificates } from "../io/certificates.ts";

const SECRET = "hunter2-SECRET";
/** The same as other types: a password of digits is often read as a number. */
const AS_NUMBER = 271828182;
const SHOWN = /hunter2|SECRET|271828182/;
const URL_WITH_LOGIN = `https://user:${SECRET}@localhost:1/`;
const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`;

type Given = unknown;
type Doing = () => unknown;

/** Each is done with whatever type a secret can have by mistake. */
const WRONG_TYPES: readonly Given[] = [
  SECRET,
  AS_NUMBER,
  BigInt(AS_NUMBER),
  Symbol(SECRET),
  [SECRET],
  [AS_NUMBER],
];

const server = (ssl: Given) => startServer(() => {}, "127.0.0.1", 0, { ssl: ssl as TlsOptions });
const client = (ssl: Given) => openConnection("127.0.0.1", 1, { ssl: ssl as TlsOptions });
const requesting = (options: Given) =>
  new ClientSession().post("http://127.0.0.1:1/", options as RequestOptions);
const session = (options: Given) => new ClientSession(options as object);
/** A string alone would be right. */
const withNul = (given: Given) => (typeof given === "string" ? `${given}\0` : given);
const exec = (...args: Given[]) => createSubprocessExec("true", ...(args as string[]));

/** Whatever is given in the place of each. */
const PLACES: Readonly<Record<string, (given: Given) => unknown>> = {
  "ssl of a server": server,
  "ssl of a client": client,
  "ssl of startTls": (ssl) => startTls({} as never, {} as never, ssl as never),
  "ssl of startTls, for a server": (ssl) =>
    startTls({} as never, {} as never, ssl as never, { serverSide: true }),
  "ssl of createServer": (ssl) => createServer(() => new Protocol(), { ssl: ssl as never }),
  "a server's key alone": (key) => server({ key }),
  "a server's cert alone": (cert) => server({ cert }),
  "a server's key": (key) => server({ cert: PEM, key }),
  "a server's key in place of its cert": (cert) => server({ cert, key: PEM }),
  "a client's key alone": (key) => client({ key }),
  "a client's key": (key) => client({ cert: PEM, key }),
  "a key in place of ca": (ca) => client({ ca }),
  "a passphrase": (passphrase) => server({ cert: PEM, key: PEM, passphrase }),
  "a passphrase of a client": (passphrase) => client({ cert: PEM, key: PEM, passphrase }),
  sni: (sni) => server({ cert: PEM, key: PEM, sni }),
  "an entry of sni": (entry) => server({ cert: PEM, key: PEM, sni: { "a.example": entry } }),
  "the key of an entry of sni": (key) =>
    server({ cert: PEM, key: PEM, sni: { "a.example": { cert: PEM, key } } }),
  "the key alone of an entry of sni": (key) => server({ cert: PEM, key: PEM, sni: { "a.example": { key } } }),
  "the passphrase of an entry of sni": (passphrase) =>
    server({ cert: PEM, key: PEM, sni: { "a.example": { cert: PEM, key: PEM, passphrase } } }),
  "options of a connection": (options) => openConnection("127.0.0.1", 1, options as object),
  "options of a session": session,
  "auth of a session": (auth) => session({ auth }),
  "a login": (login) => session({ auth: { login, password: undefined } }),
  "a login with a colon": () => session({ auth: { login: `user:${SECRET}`, password: SECRET } }),
  "a password": (password) => session({ auth: { login: undefined, password } }),
  "headers of a session": (headers) => session({ headers }),
  "a header": (value) => session({ headers: { authorization: [value, "\0"] } }),
  "a header that is broken": () => session({ headers: { authorization: `${SECRET}\0` } }),
  "a header's name": () => session({ headers: { [`authorization: ${SECRET}`]: "" } }),
  "a baseUrl": (baseUrl) => session({ baseUrl }),
  "a cookieJar": (cookieJar) => session({ cookieJar }),
  "fetchOptions of a session": (fetchOptions) => session({ fetchOptions }),
  "fetchOptions of a request": (fetchOptions) => requesting({ fetchOptions }),
  "auth of a request": (auth) => requesting({ auth }),
  "options of a request": requesting,
  "params of a request": (params) => requesting({ params }),
  "a body that is a symbol, a number, a list": (body) =>
    requesting({ body: typeof body === "string" ? 1 : body }),
  "json that cannot be": (value) =>
    requesting({ json: typeof value === "object" ? AS_NUMBER_IN_CYCLE : value }),
  "a method": (method) => new ClientSession().request(`${String(method)} `, "http://127.0.0.1:1/"),
  "a URL": (url) => new ClientSession().get(url as string),
  "a URL with a password": () => new ClientSession().get(URL_WITH_LOGIN),
  "a URL with a password as the method": () => new ClientSession().request(URL_WITH_LOGIN, ""),
  "a URL with a password that is none": () => new ClientSession().get(`https://user:${SECRET}@:x/`),
  "a WebSocket's URL with a password": () =>
    new ClientSession().wsConnect(`wss://user:${SECRET}@localhost:1/`),
  "protocols of a WebSocket": (protocols) =>
    new ClientSession().wsConnect("ws://127.0.0.1:1/", { protocols: protocols as never }),
  "options of a WebSocket": (options) =>
    new ClientSession().wsConnect("ws://127.0.0.1:1/", options as object),
  "headers of a WebSocket": (headers) =>
    new ClientSession().wsConnect("ws://127.0.0.1:1/", { headers: headers as never }),
  "a URL with a password as a host": () => openConnection(URL_WITH_LOGIN, 1),
  "a URL with a password as a host to listen on": () => startServer(() => {}, URL_WITH_LOGIN, 0),
  "arguments of a program": (arg) => exec(withNul(arg), "x"),
  "an argument with a NUL": () => exec(`--password=${SECRET}\0`),
  "options of a program": (options) => exec(withNul(options)),
  "a line with a NUL": () => createSubprocessShell(`mysql --password=${SECRET}\0`),
  "a line": (line) => createSubprocessShell(withNul(line) as string),
  env: (env) => exec({ env }),
  "a variable": (value) => exec({ env: { TOKEN: withNul(value) } }),
  "a variable as a name": () => exec({ env: { [`TOKEN=${SECRET}`]: "" } }),
  "a name of a variable with a NUL": () => exec({ env: { [`${SECRET}\0`]: "" } }),
  "env of a WASI program": (env) => createSubprocessWasi(new Uint8Array(8), { env: env as never }),
  "a variable of a WASI program": (value) =>
    createSubprocessWasi(new Uint8Array(8), {
      env: { TOKEN: withNul(value) } as never,
    }),
  "args of a WASI program, whatever of them is no string": (args) =>
    createSubprocessWasi(new Uint8Array(8), { args: args as never }),
  "env of a pool": (env) => new ProcessPoolExecutor({ env: env as never }),
  "a variable of a pool": (value) =>
    new ProcessPoolExecutor({ env: { TOKEN: typeof value === "string" ? 1 : value } as never }),
  "execArgv of a pool": (each) =>
    new ProcessPoolExecutor({ execArgv: (typeof each === "string" ? each : [each]) as never }),
};

const AS_NUMBER_IN_CYCLE: { readonly token: string; self?: unknown } = { token: SECRET };
AS_NUMBER_IN_CYCLE.self = AS_NUMBER_IN_CYCLE;

/** Everything that an error says of itself and of what is behind it. */
function* told(error: unknown): Generator<string> {
  for (let at = error; at instanceof Error; at = at.cause) {
    yield `${at.name}: ${at.message}`;
    if (at instanceof AggregateError) for (const each of at.errors) yield* told(each);
  }
}

/** What it fails with. */
function errorOf(doing: Doing): Promise<unknown> {
  return run(async () => {
    try {
      await (doing() as PromiseLike<unknown>);
    } catch (error) {
      return error;
    }
    return undefined;
  });
}

test.each(Object.entries(PLACES))("%s: no secret shows", async (_, place) => {
  for (const given of WRONG_TYPES) {
    const error = await errorOf(() => place(given));
    expect(error).toBeInstanceOf(Error);
    expect([...told(error)].join("\n")).not.toMatch(SHOWN);
  }
});

test("an encrypted key without its passphrase, or with another one, shows neither", async ({ skip }) => {
  const made = makeCertificates();
  if (made === undefined) return skip("openssl was not found");
  for (const ssl of [
    { ...made.server, key: made.encrypted.key },
    { ...made.server, key: made.encrypted.key, passphrase: SECRET },
    { ...made.server, key: PEM },
    { cert: PEM, key: made.server.key },
    {
      ...made.server,
      sni: { "a.example": { cert: made.server.cert, key: made.encrypted.key, passphrase: SECRET } },
    },
  ]) {
    const error = await errorOf(() => server(ssl));
    expect(error).toMatchObject({ name: "NetworkError" });
    expect([...told(error)].join("\n")).not.toMatch(SHOWN);
    expect([...told(error)].join("\n")).not.toContain(made.encrypted.passphrase);
  }
});
