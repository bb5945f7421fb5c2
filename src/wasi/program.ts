/**
 * Owns the running of one program over @bjorn3/browser_wasi_shim, synchronously, wherever that is: it is part of what runs
 * in a worker or in another process. Knows the streams by an interface, and no host.
 */
import { WASI, type WASIProcExit } from "@bjorn3/browser_wasi_shim";
import { type Outcome, type ProgramConfig, TRAPPED } from "./config.ts";
import { foldersOf, treeOf } from "./memory-files.ts";
import { pollOneoff } from "./poll.ts";
import { Input, Output, type ProgramStreams } from "./streams.ts";
import { clockTimeNs } from "./time.ts";

const ERRNO = { success: 0, fault: 21, inval: 28, io: 29, nosys: 52, nospc: 51, notsup: 58 };

const WASI_MODULE = "wasi_snapshot_preview1";

type Import = (...args: never[]) => unknown;

/** Compiles the program and checks that it is one. Nothing of it has run then. */
export function load(config: ProgramConfig): WebAssembly.Module | Extract<Outcome, { how: "failed" }> {
  try {
    const given = config.module;
    const module = given instanceof WebAssembly.Module ? given : new WebAssembly.Module(given as Uint8Array);
    const foreign = WebAssembly.Module.imports(module).find(({ module }) => module !== WASI_MODULE);
    if (foreign !== undefined)
      return notAProgram(`it imports '${foreign.name}' of '${foreign.module}', which is no part of WASI`);
    return module;
  } catch (error) {
    return notAProgram(messageOf(error));
  }
}

function notAProgram(reason: string): Extract<Outcome, { how: "failed" }> {
  return { how: "failed", code: "ENOEXEC", reason: `it is no WASI program: ${reason}` };
}

/**
 * Runs the program to its end.
 * @param started - called when it is known for a program, before its first instruction.
 */
export function runProgram(config: ProgramConfig, streams: ProgramStreams, started: () => void): Outcome {
  const module = load(config);
  if (!(module instanceof WebAssembly.Module)) return module;
  const folders = foldersOf(config.preopens);
  const wasi = new WASI(
    [...config.args],
    [...config.env],
    [new Input(streams), new Output(streams, 1), new Output(streams, 2), ...folders],
    { debug: false },
  );
  let instance: WebAssembly.Instance;
  try {
    instance = new WebAssembly.Instance(module, { [WASI_MODULE]: importsFor(module, wasi, config, streams) });
  } catch (error) {
    return notAProgram(messageOf(error));
  }
  const { _start: start, memory } = instance.exports;
  if (typeof start !== "function" || !(memory as { buffer?: unknown } | undefined)?.buffer)
    return notAProgram("it exports no function '_start' and memory, as a command does");
  started();
  const returncode = runToEnd(wasi, instance, streams);
  const trees = config.preopens.map(({ comesBack }, at) => {
    const folder = folders[at];
    return comesBack && folder !== undefined ? treeOf(folder.dir) : null;
  });
  return { how: "ended", returncode, trees };
}

function runToEnd(wasi: WASI, instance: WebAssembly.Instance, streams: ProgramStreams): number {
  try {
    return wasi.start(instance as never) & 0xff;
  } catch (error) {
    // A trap, or a stack that is full.
    streams.write(
      2,
      new TextEncoder().encode(`wasyncio/wasi: the program has trapped: ${messageOf(error)}\n`),
    );
    return TRAPPED;
  }
}

/** The shim's functions, but for what it does not do, or does by keeping the processor busy. */
function importsFor(
  module: WebAssembly.Module,
  wasi: WASI,
  config: ProgramConfig,
  streams: ProgramStreams,
): Record<string, Import> {
  const memory = () => new DataView(wasi.inst.exports.memory.buffer);
  const encoder = new TextEncoder();
  const notSupported = () => ERRNO.notsup;
  const own: Record<string, Import> = {
    // The shim counts characters here, and writes bytes.
    args_sizes_get(count: number, size: number) {
      const view = memory();
      view.setUint32(count, config.args.length, true);
      const bytes = config.args.reduce((sum, each) => sum + encoder.encode(each).length + 1, 0);
      view.setUint32(size, bytes, true);
      return ERRNO.success;
    },
    clock_time_get(clock: number, _precision: bigint, at: number) {
      const time = clockTimeNs(streams.clock, clock);
      if (time === undefined) return ERRNO.inval;
      memory().setBigUint64(at, time, true);
      return ERRNO.success;
    },
    poll_oneoff: (subscriptions: number, events: number, count: number, counted: number) =>
      pollOneoff(memory(), streams, subscriptions, events, count, counted),
    sched_yield: () => ERRNO.success,
    proc_raise: () => ERRNO.nosys,
    sock_accept: notSupported,
    sock_recv: notSupported,
    sock_send: notSupported,
    sock_shutdown: notSupported,
  };
  const all: Record<string, Import> = { ...(wasi.wasiImport as Record<string, Import>), ...own };
  const imports: Record<string, Import> = {};
  for (const { name } of WebAssembly.Module.imports(module)) {
    const implementation = Object.hasOwn(all, name) ? all[name] : undefined;
    if (implementation !== undefined) imports[name] = guarded(implementation);
  }
  return imports;
}

/** A call that asks for what cannot be is told so by a number, as the system would; only the exit goes on. */
function guarded(implementation: Import): Import {
  return (...args) => {
    try {
      return implementation(...args);
    } catch (error) {
      if (isExit(error)) throw error;
      if (!(error instanceof RangeError)) return ERRNO.io;
      return /length|alloc/i.test(error.message) ? ERRNO.nospc : ERRNO.fault;
    }
  };
}

function isExit(error: unknown): error is WASIProcExit {
  return error instanceof Error && "code" in error && error.message.startsWith("exit with exit code");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
