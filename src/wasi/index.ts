/** `wasyncio/wasi`: WASI programs as processes, on every host. */
/// <reference lib="esnext.disposable" preserve="true" />
export { ProcessError, type ProcessErrorCode } from "../subprocess/errors.ts";
export { DEVNULL, PIPE, STDOUT } from "../subprocess/options.ts";
export { type Output, Process } from "../subprocess/process.ts";
export type { Tree } from "./config.ts";
export { type Files, HostFolder, type HostFolderOptions, MemoryFolder } from "./files.ts";
export { createSubprocessWasi, type WasiOptions, type WasiProcessOf } from "./start.ts";
