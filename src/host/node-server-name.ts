/**
 * Owns finding out which server a client asks for, before TLS begins: what it says first is read, and given back. So each name can
 * have a server with options of its own, where `node:tls` lets a name choose no more than a certificate.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** What begins a handshake, in front of each of its records. */
const HANDSHAKE = 22;
const RECORD_HEAD_BYTES = 5;
/** Longer than any greeting, and in more records. */
const GREETING_BYTES_MAX = 64 * 1024;
const RECORDS_MAX = 64;

/** Calls `found` with the name, which is empty if none is asked for, or if this is no greeting, as TLS will say. */
export function onServerName(plain: Socket, found: (name: string) => void): void {
  let held: Buffer = Buffer.alloc(0);
  const look = () => {
    const chunk = plain.read() as Buffer | null;
    if (chunk === null) return;
    held = Buffer.concat([held, chunk]);
    const greeting = greetingIn(held);
    if (greeting === undefined) return;
    plain.off("readable", look);
    plain.unshift(held);
    found(nameIn(greeting));
  };
  plain.on("readable", look);
  look();
}

/** Undefined as long as there is more to come. */
function greetingIn(held: Buffer): Buffer | undefined {
  const records: Buffer[] = [];
  for (let at = 0; held.length <= GREETING_BYTES_MAX && records.length < RECORDS_MAX; ) {
    if (at < held.length && held[at] !== HANDSHAKE) break;
    const from = at + RECORD_HEAD_BYTES;
    if (held.length < from) return undefined;
    at = from + held.readUInt16BE(from - 2);
    if (held.length < at) return undefined;
    records.push(held.subarray(from, at));
    const greeting = Buffer.concat(records);
    // Its type, and its length.
    if (greeting.length >= 4 && greeting.length >= 4 + greeting.readUIntBE(1, 3)) return greeting;
  }
  return Buffer.alloc(0);
}

function nameIn(greeting: Buffer): string {
  try {
    // After its head, the version and the random bytes come a session, ciphers and compressions.
    let at = 38;
    at += 1 + greeting.readUInt8(at);
    at += 2 + greeting.readUInt16BE(at);
    at += 3 + greeting.readUInt8(at);
    for (; at < greeting.length; at += 4 + greeting.readUInt16BE(at + 2)) {
      if (greeting.readUInt16BE(at) !== 0) continue;
      const from = at + 9;
      return greeting.toString("latin1", from, from + greeting.readUInt16BE(from - 2));
    }
  } catch {
    // It is shorter than it says.
  }
  return "";
}
