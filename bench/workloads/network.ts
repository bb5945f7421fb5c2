/**
 * Echo servers, what a processor works for each request, and what a connection takes in memory: over many connections, by a
 * client in another process, in C. The servers are processes of their own too, so the runner measures them (cli/network.ts); here
 * they are only described.
 */
import { ASYNC, type Workload } from "./workload.ts";

/** What a request is, and in how many writes it is answered. */
export interface Message {
  readonly bytes: number;
  readonly writes: 1 | 3;
}

/** By the figures that are about them. */
export const messages: Readonly<Record<string, Message>> = {
  "1 KiB": { bytes: 1024, writes: 1 },
  "1 KiB in 3 writes": { bytes: 1024, writes: 3 },
  "64 B": { bytes: 64, writes: 1 },
  "64 KiB": { bytes: 64 * 1024, writes: 1 },
};

/** Of each message: all that the processor works, its parts, and the time that passes, from which there are requests a second. */
export const PARTS = ["", ", user", ", system", ", elapsed"] as const;

const shared = {
  unit: "ns",
  per: "request",
  sizeOf: "connections",
  figures: Object.keys(messages).flatMap((message) => PARTS.map((part) => message + part)),
  sizes: [100, 1000],
  quickSizes: [100],
  contenders: {},
} as const;

const ABOUT =
  "N connections of a client in C, each of which sends a message and waits until all of it has come back: what the processor works for the server's process, its parts, and the time that passes.";

export const networkProtocol: Workload = {
  ...shared,
  name: "network-protocol",
  title: "echo server, protocol",
  about: ABOUT,
};

export const networkStreams: Workload = {
  ...shared,
  name: "network-streams",
  title: "echo server, streams",
  about: "The same, where a generator reads and writes streams.",
};

export const networkStreamsAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "network-streams-async",
  title: "echo server, streams in async functions",
  about: "The same, where an async function reads and writes streams.",
};

/** What is exchanged over each connection before its memory is counted. */
export const MEMORY_MESSAGE_BYTES = 1024;

const memory = {
  unit: "bytes",
  per: "connection",
  sizeOf: "connections",
  figures: ["resident"],
  sizes: [5000],
  quickSizes: [5000],
  contenders: {},
} as const;

const ABOUT_MEMORY =
  "N connections to a server that has just been started, and one exchange of 1 KiB over each: by how much what is resident of the server's process has grown.";

export const networkMemoryProtocol: Workload = {
  ...memory,
  name: "network-memory-protocol",
  title: "memory of a connection, protocol",
  about: ABOUT_MEMORY,
};

export const networkMemoryStreams: Workload = {
  ...memory,
  name: "network-memory-streams",
  title: "memory of a connection, streams",
  about: "The same, where a generator reads and writes streams.",
};

export const networkMemoryStreamsAsync: Workload = {
  ...memory,
  ...ASYNC,
  name: "network-memory-streams-async",
  title: "memory of a connection, streams in async functions",
  about: "The same, where an async function reads and writes streams.",
};

/** All of them, in the order of tables. */
export const networkWorkloads: readonly Workload[] = [
  networkProtocol,
  networkStreams,
  networkStreamsAsync,
  networkMemoryProtocol,
  networkMemoryStreams,
  networkMemoryStreamsAsync,
];
