/** The workloads, in the order of tables. A further one is a file here and a line in this list. */
import { callSoonBatch, callSoonChain } from "./call-soon.ts";
import { cancel } from "./cancel.ts";
import { coreAlone } from "./core-alone.ts";
import { executorCall } from "./executors.ts";
import { jitter } from "./jitter.ts";
import { lock, semaphore } from "./lock.ts";
import { memoryFuture, memoryTask, memoryTimer } from "./memory.ts";
import { pingPong } from "./ping-pong.ts";
import { queue } from "./queue.ts";
import { spawnGather, spawnGatherYield, taskGroup } from "./spawn-gather.ts";
import { startUp } from "./start-up.ts";
import { asyncTasks, taskSwitch, taskSwitchSleep } from "./task-switch.ts";
import { tcpEcho, tcpStream } from "./tcp.ts";
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
  asyncTasks,
  spawnGather,
  spawnGatherYield,
  taskGroup,
  pingPong,
  cancel,
  queue,
  lock,
  semaphore,
  tcpEcho,
  tcpStream,
  executorCall,
  startUp,
  memoryTimer,
  memoryFuture,
  memoryTask,
  jitter,
  coreAlone,
];
