/** What the package exports, and nothing else. The entry points (entry/) add the core's bytes and the host. */
/// <reference lib="esnext.disposable" preserve="true" />
export { trackAsyncgen } from "./core/asyncgens.ts";
export type { LoopInContext } from "./core/calls.ts";
export { bind, Context, ContextVar, copyContext, type Token } from "./core/context.ts";
export {
  type Awaitable,
  type Body,
  type Coroutine,
  coroutine,
  iscoroutine,
  iscoroutinefunction,
  Operation,
  type Result,
  type Startable,
} from "./core/coroutine.ts";
export { type AdoptOptions, adopt, ensureFuture } from "./core/ensure.ts";
export {
  ArgumentError,
  CancelledError,
  type CodedError,
  DeadlockError,
  type ErrorCode,
  InvalidStateError,
  LoopError,
  NotSupportedError,
  TimeoutError,
} from "./core/errors.ts";
export type { ExceptionContext, ExceptionHandler } from "./core/exceptions.ts";
export {
  type CallElsewhere,
  type ExecutorLike,
  type FunctionReference,
  type Outcome,
  type RemoteHandle,
  type Submittable,
  wrapFuture,
} from "./core/executor.ts";
export { Future, isfuture } from "./core/future.ts";
export { Handle, TimerHandle } from "./core/handle.ts";
export { type LoopOptions, provideHost } from "./core/hosts.ts";
export { Interrupt, KeyboardInterrupt, SystemExit } from "./core/interrupt.ts";
export { EventLoop, type TaskFactory } from "./core/loop.ts";
export {
  DefaultEventLoopPolicy,
  EventLoopPolicy,
  getEventLoopPolicy,
  newEventLoop,
  setEventLoop,
  setEventLoopPolicy,
} from "./core/policy.ts";
export { type Main, Runner, type RunOptions, run, runSync } from "./core/runner.ts";
export { getEventLoop, getRunningLoop } from "./core/running.ts";
export type { Signal } from "./core/signals.ts";
export { sleep } from "./core/sleep.ts";
export { currentTask, Task, type TaskFrame } from "./core/task.ts";
export type { TaskOptions } from "./core/task-options.ts";
export { setModule } from "./core/wasm.ts";
export type {
  Clock,
  Host,
  HostFactory,
  HostSignals,
  HostTimer,
  TaskStorage,
} from "./host/host.ts";
export type { HostTlsInfo, NamedNetwork, Network, NetworkLoop, SocketAddress } from "./host/network.ts";
export type { BytesLike } from "./io/bytes.ts";
export type { ConnectionTarget, ConnectOptions } from "./io/connect.ts";
export { connectAcceptedSocket, createConnection, createUnixConnection } from "./io/create-connection.ts";
export { createDatagramEndpoint, type DatagramOptions } from "./io/create-datagram-endpoint.ts";
export { createServer, createUnixServer } from "./io/create-server.ts";
export { type DatagramAddress, DatagramTransport } from "./io/datagram-transport.ts";
export { IncompleteReadError, LimitOverrunError, NetworkError, type NetworkErrorCode } from "./io/errors.ts";
export { type AddressFlag, type AddressInfo, type AddressOptions, getaddrinfo } from "./io/getaddrinfo.ts";
export { getnameinfo, type NameFlag, type NameOptions } from "./io/getnameinfo.ts";
export type { ListenOptions, ServerTarget } from "./io/listen-options.ts";
export {
  type ConnectionOptions,
  openConnection,
  openUnixConnection,
  type Streams,
} from "./io/open-connection.ts";
export { BaseProtocol, BufferedProtocol, DatagramProtocol, Protocol } from "./io/protocol.ts";
export { Server, type ServerScopeOptions } from "./io/server.ts";
export {
  type ClientConnected,
  type ServerOptions,
  startServer,
  startUnixServer,
} from "./io/start-server.ts";
export { type StartTlsOptions, startTls } from "./io/start-tls.ts";
export { StreamReaderProtocol, type StreamReaderProtocolOptions } from "./io/stream-protocol.ts";
export { type PausableTransport, StreamReader, type StreamReaderOptions } from "./io/stream-reader.ts";
export { StreamWriter } from "./io/stream-writer.ts";
export type { Pem, TlsClientOptions, TlsOptions, TlsServerOptions, TlsTimes } from "./io/tls-options.ts";
export { SocketTransport } from "./io/transport.ts";
export type { TuningOptions } from "./io/tuning.ts";
export type { WaterMarks, WriteBufferLimits } from "./io/water-marks.ts";
export type { Hold } from "./sync/acquirable.ts";
export { Barrier, BrokenBarrierError } from "./sync/barrier.ts";
export { Condition } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export { Lock } from "./sync/lock.ts";
export {
  type Comparator,
  type ItemIterator,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
} from "./sync/queue.ts";
export { BoundedSemaphore, Semaphore } from "./sync/semaphore.ts";
export { AsCompleted, asCompleted } from "./tasks/as-completed.ts";
export { allTasks, createTask } from "./tasks/create.ts";
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from "./tasks/eager.ts";
export { type ErrorCondition, ExceptionGroup } from "./tasks/exception-group.ts";
export { type GatherOptions, gather } from "./tasks/gather.ts";
export { shield } from "./tasks/shield.ts";
export { TaskGroup } from "./tasks/task-group.ts";
export { runCoroutineThreadsafe } from "./tasks/threadsafe.ts";
export { Timeout, timeout, timeoutAt, waitFor } from "./tasks/timeout.ts";
export { toThread } from "./tasks/to-thread.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  type WaitOptions,
  wait,
} from "./tasks/wait.ts";
