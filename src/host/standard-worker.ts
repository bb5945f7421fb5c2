/**
 * Owns workers as web standards have them: how one is listened to, and how it is ended. Deno and Bun have them as well, so that
 * a worker that a user has made may be one there. Knows no single runtime.
 */
import type { HostWorker, WorkerListener } from "./workers.ts";

interface ErrorEventLike {
  readonly message?: string;
  readonly error?: unknown;
  preventDefault(): void;
}

/** As much of a Worker as is used. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer: readonly object[]): void;
  terminate(): void;
  addEventListener(type: "message", heard: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error" | "messageerror", heard: (event: ErrorEventLike) => void): void;
  ref?(): void;
  unref?(): void;
}

/** Whether something can be used as a Worker of web standards. */
export function isWebWorker(value: unknown): value is WebWorkerLike {
  const { postMessage, terminate, addEventListener } = (value ?? {}) as Partial<WebWorkerLike>;
  return [postMessage, terminate, addEventListener].every((each) => typeof each === "function");
}

export class WebWorker implements HostWorker {
  private readonly worker: WebWorkerLike;
  private listener: WorkerListener | undefined = undefined;
  private hasRun = false;

  constructor(worker: WebWorkerLike) {
    this.worker = worker;
  }

  listen(listener: WorkerListener): void {
    this.listener = listener;
    this.worker.addEventListener("message", ({ data }) => {
      this.hasRun = true;
      this.listener?.message(data);
    });
    this.worker.addEventListener("messageerror", () => this.over("it has sent what cannot be read here"));
    this.worker.addEventListener("error", (event) => {
      // Deno would end the process, and pages would write it to the console: it is told to those who called.
      event.preventDefault();
      const { message = "", error } = event;
      // Engines say nothing of what they do not load, be it forbidden or not there.
      if (message === "" && !this.hasRun) this.refused();
      else
        this.over(
          message === "" ? "it has thrown, and its engine does not tell what" : message,
          error ?? undefined,
        );
    });
  }

  post(message: unknown, transfer: readonly object[]): void {
    this.worker.postMessage(message, transfer);
  }

  keepAlive(on: boolean): void {
    if (on) this.worker.ref?.();
    else this.worker.unref?.();
  }

  /** The standard tells nobody of the end of a worker. */
  end(): void {
    this.over("it was ended");
  }

  private over(why: string, error?: unknown): void {
    this.leave()?.ended(why, error);
  }

  private refused(): void {
    this.leave()?.refused("the browser has not loaded its program");
  }

  private leave(): WorkerListener | undefined {
    const { listener } = this;
    this.listener = undefined;
    // It lives on after an error that nobody has caught, in an unknown state.
    this.worker.terminate();
    return listener;
  }
}
