/**
 * Owns how a program is run in a page or in a worker of one, on whichever engine: the host drivers of browsers. Knows no
 * engine beyond its interface.
 */
import type { Browser, BrowserDriver, BrowserPage } from "./browser.ts";
import type { HostProgram, HostSearch, HostSession, Json } from "./driver.ts";
import { type BrowserEngine, closedInTime } from "./page-engine.ts";
import { ANSWER, type PageAnswer } from "./page-scripts.ts";
import { PageServer } from "./page-server.ts";

export interface PageDriverOptions {
  /** Whether programs run in a dedicated worker of the page; the page itself otherwise. */
  readonly worker?: boolean;
  /**
   * Whether pages are cross-origin isolated, as by default: engines then give them a clock of 5 to 20 microseconds, and
   * one of 100 microseconds to a millisecond otherwise, which would be most of what is measured.
   */
  readonly isolated?: boolean;
}

/** How many of the last lines that a program printed are in the message when it fails. */
const LINES_IN_MESSAGE = 20;

/** A browser as a host: a program runs in a page of its own. */
export class PageDriver implements BrowserDriver {
  readonly name: string;
  readonly conditions = ["browser"];
  readonly takes = "bundle";
  private readonly engine: BrowserEngine;
  private readonly worker: boolean;
  private readonly isolated: boolean;

  constructor(engine: BrowserEngine, { worker = false, isolated = true }: PageDriverOptions = {}) {
    this.name = worker ? `${engine.name} worker` : engine.name;
    this.engine = engine;
    this.worker = worker;
    this.isolated = isolated;
  }

  /** The same host with other options. */
  with(options: PageDriverOptions): PageDriver {
    return new PageDriver(this.engine, { worker: this.worker, isolated: this.isolated, ...options });
  }

  find(): Promise<HostSearch> {
    return this.engine.find();
  }

  open(): Promise<Browser> {
    return this.engine.open();
  }

  async start(): Promise<HostSession> {
    const server = await PageServer.start({ worker: this.worker, isolated: this.isolated });
    try {
      return new PageSession(this.name, this.engine, server, await this.engine.open());
    } catch (error) {
      await server.close();
      throw error;
    }
  }
}

class PageSession implements HostSession {
  private readonly name: string;
  private readonly engine: BrowserEngine;
  private readonly server: PageServer;
  private browser: Promise<Browser>;
  private closed = false;

  constructor(name: string, engine: BrowserEngine, server: PageServer, browser: Browser) {
    this.name = name;
    this.engine = engine;
    this.server = server;
    this.browser = Promise.resolve(browser);
  }

  async run(program: HostProgram): Promise<Json> {
    if (this.closed) throw new Error(`${this.name}: the session is closed; start another one`);
    const { timeoutMs, onLine } = program;
    const printed: string[] = [];
    const served = this.server.add(program, (line) => {
      printed.push(line);
      if (printed.length > LINES_IN_MESSAGE) printed.shift();
      onLine?.(line);
    });
    const { browser } = this;
    const over = new AbortController();
    let opened = false;
    const opening = browser.then(async (open) => {
      const page = await open.page(served.url, over.signal);
      opened = true;
      return page;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      const answering = opening.then((page) => page.evaluate(ANSWER));
      const { answer, error } = ((await Promise.race([answering, late])) ?? {}) as PageAnswer;
      if (answer === undefined) throw new Error(error ?? "the page's script did not run");
      return JSON.parse(answer) as Json;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const lines = printed.length === 0 ? "" : `\nprinted:\n${printed.join("\n")}`;
      throw new Error(`${this.name}: ${why}${opened ? "" : ", and its page had not loaded"}${lines}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
      served.remove();
      over.abort();
      await this.leave(browser, opening, over.signal);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    // One that could not be restarted has already ended.
    const closing = this.browser.then(
      (browser) => browser.close(),
      () => {},
    );
    await Promise.all([closing, this.server.close()]);
  }

  /**
   * Closes a page. Not every engine can close one that never yields or has crashed: then the browser is ended, and
   * another one started.
   */
  private async leave(
    used: Promise<Browser>,
    opening: Promise<BrowserPage>,
    over: AbortSignal,
  ): Promise<void> {
    const closing = opening.then(
      (page) => page.close(),
      (error) => {
        // One that was ended while it opened is closed.
        if (error !== over.reason) throw error;
      },
    );
    const left = await closedInTime(closing);
    if (left || this.closed || this.browser !== used) return;
    this.browser = used.then(async (browser) => {
      await browser.close();
      return this.engine.open();
    });
    // Code that uses it gets the error.
    this.browser.catch(() => {});
  }
}
