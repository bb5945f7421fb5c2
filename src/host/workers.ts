/**
 * What executors and WASI programs need of the place they run in: threads or processes that run a program and exchange messages
 * with it. Everything a host does for executors goes through these interfaces. A host that has neither provides nothing.
 */

/** What is told of a worker. */
export interface WorkerListener {
  /** A message has come from it. */
  message(message: unknown): void;
  /** It has ended, and says nothing any more; `error` is what has ended it, as far as the host tells. Called once. */
  ended(why: string, error?: unknown): void;
  /** Told instead of its end where nothing of it has run: the host does not let it, or has not found its file. */
  refused(why: string, error?: unknown): void;
}

/** A thread or a process that runs a program. */
export interface HostWorker {
  /** Whom it tells of what happens; once, before anything is posted. */
  listen(listener: WorkerListener): void;
  /** Sends a message. Throws the host's error for what cannot be sent. */
  post(message: unknown, transfer: readonly object[]): void;
  /** Whether it keeps the host's process alive. */
  keepAlive(on: boolean): void;
  /** Ends it at once, whatever it is doing. Where the host does not tell of the end, the listener hears of it from here. */
  end(): void;
}

/** One end of a way for messages, and the port that is the other one. */
export interface HostChannel {
  /** The other end, for somebody else: it can be transferred. */
  readonly port: object;
  post(message: unknown): void;
  close(): void;
}

/** How a thread is started. */
export interface ThreadSettings {
  /** What debuggers call it. */
  readonly name: string;
  /** Whether it is to get nothing of this process's, such as its environment. */
  readonly isSealed?: boolean;
}

/** Starts a thread that runs a program's text. Throws the host's error where it is not allowed. */
export type StartThread = (program: string, settings: ThreadSettings) => HostWorker;

/** How a process is started. */
export interface ProcessSettings {
  /** Arguments for the host's own command, before the program. */
  readonly execArgv: readonly string[];
  /** Variables of the environment, on top of the program's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** What runs calls, on one host. */
export interface HostWorkers {
  /** Named in messages. */
  readonly host: string;
  /** How many run at the same time on this machine. */
  readonly parallelism: number;
  readonly startThread: StartThread;
  /** A new process that runs a program. Absent where there are none. */
  startProcess?(program: string, settings: ProcessSettings): HostWorker;
  /** The thread that a user's own function has made, or undefined for what is none. */
  takeThread(made: unknown): HostWorker | undefined;
  /** A way for messages that never keeps the process alive. What comes is told to `heard`. */
  openChannel(heard: (message: unknown) => void): HostChannel;
  /** A value as bytes, for a worker that cannot hear a message while it waits. */
  encode(value: unknown): Uint8Array;
  /** Calls back once, after a while; never keeps the process alive. Answers what ends it. */
  after(delayMs: number, call: () => void): () => void;
}

/** The way from within a worker to who has started it. */
export interface WorkerPort {
  post(message: unknown, transfer: readonly object[]): void;
  listen(heard: (message: unknown) => void): void;
  /** Calls `told` before the worker ends on its own account, where its starter would not hear of it. */
  beforeClosing(told: () => void): void;
}

/** The end of a channel that a worker has been given. */
export interface ChannelPort {
  post(message: unknown): void;
  listen(heard: (message: unknown) => void): void;
  /** Whether it keeps the worker alive. */
  keepAlive(on: boolean): void;
}

let provided: HostWorkers | undefined;

/** Tells what runs calls here, if anything does. Each entry point does so, once. */
export function provideWorkers(workers: HostWorkers | undefined): void {
  provided = workers;
}

/** What runs calls on this host, or undefined. */
export function workersHere(): HostWorkers | undefined {
  return provided;
}
