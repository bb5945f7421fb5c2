/**
 * What a browser can do beyond running a program: show any page and be queried about it. Types only.
 */
import type { HostDriver, Json } from "./driver.ts";

export interface BrowserDriver extends HostDriver {
  /** Starts the browser. The caller closes it. */
  open(): Promise<Browser>;
}

export interface Browser {
  /**
   * Opens a page at the address, in a tab or window of its own, and waits until it has loaded. When the signal aborts
   * before that, an engine that can ends the page and throws; one that cannot goes on waiting.
   */
  page(url: string, signal?: AbortSignal): Promise<BrowserPage>;
  /** Ends the browser and everything it started. May be repeated. */
  close(): Promise<void>;
}

export interface BrowserPage {
  /** Evaluates a JavaScript expression in the page; a promise is waited for. Throws what it throws. */
  evaluate(expression: string): Promise<Json>;
  /** Writes a screenshot as a PNG. */
  screenshot(file: string): Promise<void>;
  close(): Promise<void>;
}
