/** `wasyncio/subprocess`: processes of the system, and pipes. */
/// <reference lib="esnext.disposable" preserve="true" />
export { NetworkError, type NetworkErrorCode } from "../io/errors.ts";
export { ProcessError, type ProcessErrorCode } from "./errors.ts";
export {
  DEVNULL,
  type OpenFile,
  PIPE,
  type ProcessOptions,
  STDOUT,
  type Stdio,
  type SubprocessOptions,
} from "./options.ts";
export {
  connectReadPipe,
  connectWritePipe,
  type HostPipe,
  openReadPipe,
  openWritePipe,
  type PipeOptions,
} from "./pipes.ts";
export { type Output, Process } from "./process.ts";
export type { SubprocessProtocol } from "./protocol.ts";
export {
  createSubprocessExec,
  createSubprocessShell,
  type ProcessOf,
  subprocessExec,
  subprocessShell,
} from "./start.ts";
export { SubprocessTransport } from "./transport.ts";
