/**
 * Owns a worker's end of a loop's handle: calls go to the loop in the order in which they are made, several at a time, and answers come
 * back or are waited for. Loaded in workers; knows no host.
 */
import { channelPortOf, decode } from "../../host/worker-realm.ts";
import type { ChannelPort } from "../../host/workers.ts";
import { receiveError } from "../messages.ts";
import {
  ANSWERED,
  BATCHES_HEARD,
  type CallBatch,
  CELLS,
  type FromLoop,
  PIECE_BYTES,
  type RemoteOutcome,
  WHOLE_BYTES,
} from "../remote-messages.ts";

/** So many calls go at a time while the loop is busy with others. */
const BATCH_CALLS_MAX = 256;

type Called<F> = { readonly [K in keyof F as F[K] extends (...args: never) => unknown ? K : never]: F[K] };
type ArgumentsOf<C> = C extends (...args: infer A) => unknown ? A : never;
type ResultOf<C> = C extends (...args: never) => infer R
  ? R extends { next(value?: unknown): IteratorResult<unknown, infer T> }
    ? T
    : Awaited<R>
  : never;

/** A handle, whatever structured cloning has made of it. */
interface Handle<F> {
  readonly port: object;
  readonly cells: unknown;
  readonly names: readonly string[];
  readonly functions?: F;
}

/** What comes of a coroutine that runs on the loop. */
export interface RemoteResult<T> extends PromiseLike<T> {
  /** Cancels its task. */
  cancel(): void;
}

/**
 * A loop of another thread.
 *
 * @example
 * ```ts
 * const loop = connect(handle);
 * loop.callSoonThreadsafe("log", "begun");
 * const row = await loop.runCoroutineThreadsafe("query", "select 1");
 * const other = loop.waitForCoroutine("query", "select 2"); // blocks this worker
 * ```
 */
export class RemoteLoop<F> {
  readonly #port: ChannelPort;
  readonly #memory: SharedArrayBuffer | undefined;
  readonly #cells: Int32Array | undefined;
  readonly #places: ReadonlyMap<string, number>;
  #batch: CallBatch = [];
  #batchCalls = 0;
  #isFlushDue = false;
  #sentBatches = 0;
  #lastId = 0;
  readonly #waiting = new Map<number, (outcome: RemoteOutcome) => void>();

  /** @internal */
  constructor(port: ChannelPort, memory: SharedArrayBuffer | undefined, names: readonly string[]) {
    this.#port = port;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#memory = memory;
    if (memory !== undefined) this.#cells = new Int32Array(memory, 0, CELLS);
    port.listen((message) => this.#heard(message as FromLoop));
    port.keepAlive(false);
  }

  /**
   * Calls a function on the loop, after all that this worker has called there before. What it throws goes to the loop's exception handler.
   * Calls go at once while the loop keeps up, else together with others; all have gone when this worker's code has come to an `await` or to
   * its end. asyncio: `call_soon_threadsafe`.
   */
  callSoonThreadsafe<K extends keyof Called<F> & string>(name: K, ...args: ArgumentsOf<F[K]>): void {
    this.#call(name, 0, args);
  }

  /**
   * Runs a coroutine function, an async function or a plain one as a task of the loop. asyncio: `run_coroutine_threadsafe`.
   * @returns a promise of its result.
   */
  runCoroutineThreadsafe<K extends keyof Called<F> & string>(
    name: K,
    ...args: ArgumentsOf<F[K]>
  ): RemoteResult<ResultOf<F[K]>> {
    const id = ++this.#lastId;
    const promise = new Promise<ResultOf<F[K]>>((resolve, reject) => {
      this.#waiting.set(id, (outcome) => {
        if ("value" in outcome) resolve(outcome.value as ResultOf<F[K]>);
        else reject(receiveError(outcome.error));
      });
    });
    this.#port.keepAlive(true);
    this.#call(name, id, args);
    return {
      then: promise.then.bind(promise) as PromiseLike<ResultOf<F[K]>>["then"],
      cancel: () => {
        this.flush();
        this.#port.post({ cancel: id });
      },
    };
  }

  /**
   * As `runCoroutineThreadsafe`, and blocks this worker until the result is there. In pages the result is what JSON can say. concurrent.futures:
   * `run_coroutine_threadsafe(...).result(timeout)`.
   * @throws what was thrown there; Error ERR_WAIT_UNSUPPORTED without shared memory, as in pages that are not isolated from other origins.
   */
  waitForCoroutine<K extends keyof Called<F> & string>(name: K, ...args: ArgumentsOf<F[K]>): ResultOf<F[K]> {
    const cells = this.#cells;
    if (cells === undefined) {
      throw Object.assign(
        new Error(
          "there is no shared memory to wait in; await runCoroutineThreadsafe(), or serve the page with COOP and COEP",
        ),
        { code: "ERR_WAIT_UNSUPPORTED" },
      );
    }
    Atomics.store(cells, ANSWERED, 0);
    this.#push(name, -++this.#lastId, args);
    this.flush();
    const outcome = decode(this.#waitForBytes(cells)) as RemoteOutcome;
    if ("error" in outcome) throw receiveError(outcome.error);
    return outcome.value as ResultOf<F[K]>;
  }

  #waitForBytes(cells: Int32Array): Uint8Array {
    let bytes: Uint8Array | undefined;
    let filled = 0;
    for (;;) {
      Atomics.wait(cells, ANSWERED, 0);
      const length = cells[PIECE_BYTES] as number;
      const whole = cells[WHOLE_BYTES] as number;
      bytes ??= new Uint8Array(whole);
      bytes.set(new Uint8Array(this.#memory as SharedArrayBuffer, CELLS * 4, length), filled);
      filled += length;
      if (filled === whole) return bytes;
      Atomics.store(cells, ANSWERED, 0);
      this.#port.post("next");
    }
  }

  #push(name: string, id: number, args: readonly unknown[]): void {
    this.#batch.push(this.#places.get(name) ?? name, id, args.length, ...args);
    this.#batchCalls++;
  }

  #call(name: string, id: number, args: readonly unknown[]): void {
    this.#push(name, id, args);
    const cells = this.#cells;
    // The loop has heard all: it may be idle.
    const keepsUp = cells !== undefined && Atomics.load(cells, BATCHES_HEARD) === this.#sentBatches;
    if (keepsUp || this.#batchCalls >= BATCH_CALLS_MAX) this.flush();
    else if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      void Promise.resolve().then(() => {
        this.#isFlushDue = false;
        this.flush();
      });
    }
  }

  /** Has all calls go at once; for a worker that computes for long without an `await`. */
  flush(): void {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#batchCalls = 0;
    this.#sentBatches = (this.#sentBatches + 1) | 0;
    this.#port.post(batch);
  }

  #heard({ id, outcome }: FromLoop): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#port.keepAlive(false);
    settle?.(outcome);
  }
}

/**
 * What calls a loop of another thread, by the handle that `loop.remote()` has made there. A handle is connected once.
 *
 * @throws TypeError ERR_ARGUMENT_TYPE for what is no handle; its port has to be transferred with it.
 */
export function connect<F>(handle: Handle<F>): RemoteLoop<F> {
  const { port, cells, names = [] } = (handle ?? {}) as Partial<Handle<F>>;
  const channel = channelPortOf(port);
  if (channel === undefined) {
    throw Object.assign(
      new TypeError("connect needs a handle of loop.remote(); post it with its port: [handle.port]"),
      { code: "ERR_ARGUMENT_TYPE" },
    );
  }
  return new RemoteLoop<F>(channel, cells as SharedArrayBuffer | undefined, names);
}
