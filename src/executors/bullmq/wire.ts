/**
 * Owns how values go by way of Redis, where all is JSON: bytes, dates, maps, sets and large integers keep their kind.
 * Knows nothing of queues.
 */
import { ExecutorError } from "../errors.ts";

/** The key of an object that stands for a value that JSON has not. */
const KIND = "$kind";

type Bytes =
  | "Uint8Array"
  | "Uint8ClampedArray"
  | "Int32Array"
  | "Uint32Array"
  | "Float32Array"
  | "Float64Array";
const VIEWS = { Uint8Array, Uint8ClampedArray, Int32Array, Uint32Array, Float32Array, Float64Array };

/** A value as JSON can say it. @throws ExecutorError ERR_NOT_CLONEABLE. */
export function toJson(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number")
    return Number.isFinite(value) ? value : { [KIND]: "number", value: String(value) };
  if (value === undefined) return { [KIND]: "undefined" };
  if (typeof value === "bigint") return { [KIND]: "bigint", value: String(value) };
  if (typeof value !== "object") throw notSendable(`a ${typeof value}`);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return { [KIND]: "Date", value: value.getTime() };
  if (value instanceof Map) return { [KIND]: "Map", value: [...value].map(toJson) };
  if (value instanceof Set) return { [KIND]: "Set", value: [...value].map(toJson) };
  if (ArrayBuffer.isView(value)) {
    const name = value.constructor.name;
    if (!Object.hasOwn(VIEWS, name)) throw notSendable(`a ${name}`);
    return {
      [KIND]: name,
      value: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
    };
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw notSendable(`an object of class '${prototype.constructor?.name}'`);
  const json = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]));
  return KIND in json ? { [KIND]: "object", value: json } : json;
}

/** What `toJson` was given. */
export function fromJson(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(fromJson);
  const { [KIND]: kind, value } = json as { [KIND]?: string; value?: unknown };
  if (kind === undefined) return plain(json);
  if (kind === "undefined") return undefined;
  if (kind === "number") return Number(value);
  if (kind === "bigint") return BigInt(value as string);
  if (kind === "Date") return new Date(value as number);
  if (kind === "Map") return new Map(fromJson(value) as [unknown, unknown][]);
  if (kind === "Set") return new Set(fromJson(value) as unknown[]);
  if (Object.hasOwn(VIEWS, kind)) return new VIEWS[kind as Bytes](fromBase64(value as string).buffer);
  return plain(value as object);
}

function plain(json: object): object {
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, fromJson(each)]));
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}

function notSendable(what: string): ExecutorError {
  return new ExecutorError(
    "ERR_NOT_CLONEABLE",
    `${what} cannot go by way of Redis; give plain objects, lists, text, numbers, dates, maps, sets and bytes`,
  );
}
