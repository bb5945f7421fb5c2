/**
 * Owns the streams of one process: what its pipes report becomes readers and a writer. asyncio: `SubprocessStreamProtocol`.
 */
import type { EventLoop } from "../core/loop.ts";
import { StreamReaderProtocol } from "../io/stream-protocol.ts";
import { StreamReader } from "../io/stream-reader.ts";
import { StreamWriter } from "../io/stream-writer.ts";
import type { SubprocessProtocol } from "./protocol.ts";
import type { SubprocessTransport } from "./transport.ts";

export class SubprocessStreamProtocol implements SubprocessProtocol {
  stdin: StreamWriter | null = null;
  readonly #readers: (StreamReader | null)[] = [null, null, null];
  readonly #loop: EventLoop;
  readonly #limit: number;
  #transport: SubprocessTransport | undefined;
  /** Of stdin; there is nothing to read from it. */
  #writing: StreamReaderProtocol | undefined;
  #exited = false;

  constructor(loop: EventLoop, limit: number) {
    this.#loop = loop;
    this.#limit = limit;
  }

  get stdout(): StreamReader | null {
    return this.#readers[1] ?? null;
  }

  get stderr(): StreamReader | null {
    return this.#readers[2] ?? null;
  }

  connectionMade(transport: SubprocessTransport): void {
    this.#transport = transport;
    for (const fd of [1, 2]) {
      const pipe = transport.getPipeTransport(fd);
      if (pipe === null) continue;
      const reader = new StreamReader({ limit: this.#limit, loop: this.#loop });
      reader.setTransport(pipe);
      this.#readers[fd] = reader;
    }
    const pipe = transport.getPipeTransport(0);
    if (pipe === null) return;
    this.#writing = new StreamReaderProtocol(new StreamReader({ loop: this.#loop }), { loop: this.#loop });
    this.stdin = new StreamWriter(pipe, this.#writing);
  }

  pipeDataReceived(fd: number, bytes: Uint8Array): void {
    this.#readers[fd]?.feedOwned(bytes);
  }

  pipeConnectionLost(fd: number, error: Error | undefined): void {
    if (fd === 0) {
      this.#writing?.connectionLost(error);
      return;
    }
    const reader = this.#readers[fd];
    if (error === undefined) reader?.feedEof();
    else reader?.setException(error);
    this.#closeIfOver();
  }

  processExited(): void {
    this.#exited = true;
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    const transport = this.#transport;
    if (!this.#exited || transport === undefined) return;
    if ([1, 2].some((fd) => this.#readers[fd] !== null && transport.hasOpenPipe(fd))) return;
    transport.close();
  }

  pauseWriting(): void {
    this.#writing?.pauseWriting();
  }

  resumeWriting(): void {
    this.#writing?.resumeWriting();
  }

  /** Whether it is how stdin reports that the process no longer reads. */
  isLoss(error: unknown): boolean {
    return this.#writing?.isLoss(error) === true;
  }
}
