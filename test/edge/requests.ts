/** Owns what the tests of requests have in common: a request, a host's context, and a collector of reports. */
import type { ExceptionContext } from "wasyncio";
import type { ServeOptions } from "wasyncio/edge";

/** A host's context: what it was asked to wait for. Its methods work only on the context itself, as the hosts' do. */
export class HostContext {
  readonly #behind: Promise<unknown>[] = [];
  readonly props = { tenant: "acme" };
  passed = 0;

  waitUntil(promise: Promise<unknown>): void {
    this.#behind.push(promise);
  }

  passThroughOnException(): void {
    this.passed += Math.sign(1 + this.#behind.length);
  }

  askedFor(): number {
    return this.#behind.length;
  }

  async ended(): Promise<void> {
    await Promise.all(this.#behind);
  }
}

/** A promise, and what fulfils it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Collects what is reported. */
export function collector(): { reports: ExceptionContext[]; options: ServeOptions } {
  const reports: ExceptionContext[] = [];
  return { reports, options: { exceptionHandler: (_loop, context) => reports.push(context) } };
}

export const get = (init: RequestInit = {}) => new Request("http://host/some/path?secret=1", init);
