/** The workloads, in the order of tables. A further one is a file here and a line in this list. */
import { callSoonBatch, callSoonChain } from "./call-soon.ts";
import { cancel, cancelAsync } from "./cancel.ts";
import { coreAlone } from "./core-alone.ts";
import { executorCall, executorFib, remoteCall } from "./executors.ts";
import { explore, exploreAsync } from "./explore.ts";
import { jitter } from "./jitter.ts";
import { lock, lockAsync, semaphore } from "./lock.ts";
import { memoryFuture, memoryTask, memoryTimer } from "./memory.ts";
import { nativeAwaits } from "./native-awaits.ts";
import { networkWorkloads } from "./network.ts";
import { pingPong, pingPongAsync } from "./ping-pong.ts";
import { queue, queueAsync } from "./queue.ts";
import { readLines, readLinesAsync } from "./read-lines.ts";
import { simulatedNetwork } from "./simulated-network.ts";
import { spawnGather, spawnGatherAsync, spawnGatherYield, taskGroup } from "./spawn-gather.ts";
import { startUp } from "./start-up.ts";
import { subprocess } from "./subprocess.ts";
import { taskSwitch, taskSwitchAsync, taskSwitchExplored, taskSwitchSleep } from "./task-switch.ts";
import { tcpEcho, tcpEchoAsync, tcpStream } from "./tcp.ts";
import { timersChurn, timersSetCancel, timersSetFire } from "./timers.ts";
import type { Workload } from "./workload.ts";

export const workloads: readonly Workload[] = [
  callSoonChain,
  callSoonBatch,
  timersSetCancel,
  timersSetFire,
  timersChurn,
  taskSwitch,
  taskSwitchSleep,
  taskSwitchExplored,
  taskSwitchAsync,
  spawnGather,
  spawnGatherYield,
  spawnGatherAsync,
  taskGroup,
  pingPong,
  pingPongAsync,
  cancel,
  cancelAsync,
  queue,
  queueAsync,
  lock,
  lockAsync,
  semaphore,
  readLines,
  readLinesAsync,
  tcpEcho,
  tcpEchoAsync,
  tcpStream,
  ...networkWorkloads,
  nativeAwaits,
  executorCall,
  executorFib,
  remoteCall,
  subprocess,
  explore,
  exploreAsync,
  simulatedNetwork,
  startUp,
  memoryTimer,
  memoryFuture,
  memoryTask,
  jitter,
  coreAlone,
];
