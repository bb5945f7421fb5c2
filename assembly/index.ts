/** What the core exports: one line per concept. Read turn.ts first. */
export { ABI_VERSION } from "./abi";
export { turn, handleQueue } from "./turn";
export { timerStart, timerCancel, timerDeadlineMs, nextDeadlineMs } from "./timers";
export { futureOpen, futureSettle, futureDrop, callbackAdd, callbackRemove } from "./futures";
export { taskStart, taskStep, taskYield, taskWait, taskEnd } from "./futures";
export {
  taskCancel,
  taskCancelKeep,
  taskCancelDue,
  taskCancelPassed,
  taskInterrupt,
  taskCancelling,
  taskUncancel,
} from "./futures";
export { channelOpen, channelWant, channelReady, channelTake, channelClose } from "./interest";
export { slotsCapacity, slotsLive } from "./arena";
