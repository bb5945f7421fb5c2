/**
 * Owns what is measured of the core: each workload is prepared once, then done round by round, then taken down, when all
 * slots have to be back. Knows nothing of the clock.
 */
import { END_RETURN, KINDS } from "../abi";
import { slotsLive } from "../arena";
import {
  callbackAdd,
  futureOpen,
  futureSettle,
  taskEnd,
  taskStart,
  taskStep,
  taskWait,
  taskYield,
} from "../futures";
import { PAGE_SIZE, pagesTake } from "../pages";
import { Slot } from "../records";
import { timerCancel, timerStart } from "../timers";
import { handleQueue, turn } from "../turn";

export const enum Workload {
  /** One callback at a time, each in a turn of its own. */
  CALL_SOON_CHAIN = 0,
  /** Many callbacks in one turn. */
  CALL_SOON_BATCH = 1,
  /** Many tasks that give one another turns. */
  TASK_YIELD = 2,
  /** A task waits for a future with a callback, which is settled, turn by turn. */
  FUTURE_WAIT = 3,
  /** Many timers, all set and then all cancelled. */
  TIMERS_SET_CANCEL = 4,
  /** Many timers, all set and then fired over a minute, second by second. */
  TIMERS_SET_FIRE = 5,
  /** Among many timers one is cancelled and one is set. */
  TIMERS_CHURN = 6,
}
export const WORKLOADS: u32 = 7;

const DELAY_MS_MAX: f64 = 60_000;
const TURNS_TO_FIRE: u32 = 60;
const CHURN_PER_ROUND: u32 = 1_000;
/** Coprime to every size, so that the churn comes by all timers. */
const CHURN_STRIDE: u32 = 7_919;

let table: u32 = 0;
let nowMs: f64 = 0;
/** How much of the last batch has run. */
let ran: u32 = 0;
let random: u32 = 42;
let churned: u32 = 0;

/** Takes memory for so many slot references. */
export function tableTake(slots: u32): void {
  table = pagesTake((slots * 4 + PAGE_SIZE - 1) / PAGE_SIZE);
}

function slotAt(index: u32): Slot {
  return load<Slot>(table + (index << 2));
}

function slotPut(index: u32, slot: Slot): void {
  store<Slot>(table + (index << 2), slot);
}

/** The same delays in every run, more than 0 and at most a minute. */
function randomDelayMs(): f64 {
  random = random * 1_664_525 + 1_013_904_223;
  return ((<f64>random + 1) / 4_294_967_296) * DELAY_MS_MAX;
}

function turnAll(): u32 {
  ran = turn(nowMs, ran);
  return ran;
}

export function operationsPerRound(workload: u32, size: u32): u64 {
  return workload == Workload.TIMERS_CHURN ? CHURN_PER_ROUND : size;
}

export function prepare(workload: u32, size: u32): void {
  if (workload == Workload.TASK_YIELD) {
    for (let i: u32 = 0; i < size; i++) slotPut(i, taskStart(false, false));
    turnAll();
  } else if (workload == Workload.FUTURE_WAIT) {
    slotPut(0, taskStart(false, true));
  } else if (workload == Workload.TIMERS_CHURN) {
    for (let i: u32 = 0; i < size; i++) slotPut(i, timerStart(nowMs + randomDelayMs()));
  }
}

export function round(workload: u32, size: u32): void {
  switch (workload) {
    case Workload.CALL_SOON_CHAIN:
      callSoonChain(size);
      break;
    case Workload.CALL_SOON_BATCH:
      callSoonBatch(size);
      break;
    case Workload.TASK_YIELD:
      tasksYield(size);
      break;
    case Workload.FUTURE_WAIT:
      futureWait(size);
      break;
    case Workload.TIMERS_SET_CANCEL:
      timersSetCancel(size);
      break;
    case Workload.TIMERS_SET_FIRE:
      timersSetFire(size);
      break;
    default:
      timersChurn(size);
  }
}

/** Ends what `prepare` began. Traps when a slot has been lost. */
export function finish(workload: u32, size: u32): void {
  if (workload == Workload.TASK_YIELD) {
    for (let i: u32 = 0; i < size; i++) taskStep(slotAt(i));
    for (let i: u32 = 0; i < size; i++) taskEnd(slotAt(i), END_RETURN, false);
  } else if (workload == Workload.FUTURE_WAIT) {
    taskEnd(slotAt(0), END_RETURN, false);
  } else if (workload == Workload.TIMERS_CHURN) {
    for (let i: u32 = 0; i < size; i++) timerCancel(slotAt(i));
  }
  turnAll();
  turnAll();
  for (let kind: u32 = 0; kind < <u32>KINDS; kind++) assert(slotsLive(kind) == 0);
}

function callSoonChain(size: u32): void {
  for (let i: u32 = 0; i < size; i++) {
    handleQueue();
    turnAll();
  }
}

function callSoonBatch(size: u32): void {
  for (let i: u32 = 0; i < size; i++) handleQueue();
  turnAll();
}

function tasksYield(size: u32): void {
  for (let i: u32 = 0; i < size; i++) {
    taskStep(slotAt(i));
    taskYield(slotAt(i));
  }
  turnAll();
}

function futureWait(size: u32): void {
  const task = slotAt(0);
  for (let i: u32 = 0; i < size; i++) {
    const future = futureOpen(false);
    callbackAdd(future);
    taskWait(task, future);
    futureSettle(future);
    turnAll();
    taskStep(task);
  }
}

function timersSetCancel(size: u32): void {
  for (let i: u32 = 0; i < size; i++) slotPut(i, timerStart(nowMs + randomDelayMs()));
  for (let i: u32 = 0; i < size; i++) timerCancel(slotAt(i));
}

function timersSetFire(size: u32): void {
  for (let i: u32 = 0; i < size; i++) timerStart(nowMs + randomDelayMs());
  for (let i: u32 = 0; i < TURNS_TO_FIRE; i++) {
    nowMs += DELAY_MS_MAX / TURNS_TO_FIRE;
    turnAll();
  }
  turnAll();
}

function timersChurn(size: u32): void {
  for (let i: u32 = 0; i < CHURN_PER_ROUND; i++) {
    churned = (churned + CHURN_STRIDE) % size;
    timerCancel(slotAt(churned));
    slotPut(churned, timerStart(nowMs + randomDelayMs()));
  }
}
