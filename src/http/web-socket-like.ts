/**
 * Owns what is used of a WebSocket of the host or of a library, which have the web's interface in common, and how its events reach
 * the code that uses it. Knows nothing of loops.
 */
import { checkMethods } from "../core/checks.ts";

/** What was received: text as a string, anything else as bytes. */
export type WebSocketMessage = string | Uint8Array;

/** The class of a library's WebSocket, such as that of the package ws. */
export type WebSocketClass = new (url: string, protocols: string[], options: object) => object;

/** The web's interface, and after it what libraries have beyond that. */
export interface WebSocketLike {
  binaryType: string;
  /** 1 while it is open. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: never) => void): void;
  terminate?(): void;
  pause?(): void;
  resume?(): void;
  ping?(data: string): void;
  on?(event: "pong" | "upgrade", listener: (data: never) => void): void;
}

/** What is called once it is open. */
export interface WebSocketEvents {
  messaged(message: WebSocketMessage): void;
  /** The reason for a close that follows. */
  failed(error: Error): void;
  /** The last event. */
  closedBy(code: number, reason: string): void;
  /** A pong came, for the ping that had this number as its data. */
  ponged(number: number): void;
}

/** A socket that was just made. @throws ArgumentError ERR_ARGUMENT_TYPE if it is none. */
export function webSocketOf(made: object): WebSocketLike {
  checkMethods("wsConnect", "webSocket as a class of sockets", made, ["send", "close", "addEventListener"]);
  const socket = made as WebSocketLike;
  socket.binaryType = "arraybuffer";
  return socket;
}

/**
 * Passes on all events from now on.
 * @param errorOf - makes an error of the reason for a failure.
 * @returns a promise that it is open, which is rejected with the reason where it is not opened.
 */
export function listen(
  socket: WebSocketLike,
  events: WebSocketEvents,
  errorOf: (reason: unknown) => Error,
): Promise<void> {
  socket.addEventListener("message", ({ data }: { data: string | ArrayBuffer }) => {
    events.messaged(typeof data === "string" ? data : new Uint8Array(data));
  });
  socket.on?.("pong", (data: unknown) => events.ponged(Number(String(data))));
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const reason = new Error("it was not opened; check the URL, and that the server speaks WebSocket");
    socket.addEventListener("open", () => {
      isOpen = true;
      resolve();
    });
    socket.addEventListener("error", (event: { error?: unknown; message?: unknown }) => {
      const told = reasonIn(event);
      // Not every host reports a close after it.
      if (!isOpen) reject(told ?? reason);
      else if (told !== undefined) events.failed(errorOf(told));
    });
    socket.addEventListener("close", ({ code, reason: words }: { code: number; reason: string }) => {
      if (isOpen) events.closedBy(code, words);
      else reject(reason);
    });
  });
}

/**
 * The `set-cookie` headers of the server's answer, where the socket shows it, which no host's own does.
 * @returns a function that returns them once it is open.
 */
export function cookiesOf(socket: WebSocketLike): () => readonly string[] {
  let cookies: readonly string[] = [];
  socket.on?.("upgrade", ({ headers }: { headers: { "set-cookie"?: readonly string[] } }) => {
    cookies = headers["set-cookie"] ?? [];
  });
  return () => cookies;
}

/** Most hosts have an error that says nothing, or none. */
function reasonIn({ error, message }: { error?: unknown; message?: unknown }): unknown {
  if (error instanceof Error && (error.message !== "" || "code" in error || "cause" in error)) return error;
  return typeof message === "string" && message !== "" ? new Error(message) : undefined;
}
