/**
 * The core alone as a WASI command: measures the core's own work, without JavaScript and without a crossing, and prints
 * one line of JSON. Imports nothing but wasi_snapshot_preview1. Not part of the package; `asconfig.json` has it as the
 * target `bench`.
 *
 *   bench SAMPLE_MS SAMPLES TIMERS_MAX                 measures everything, SAMPLES times for at least SAMPLE_MS each
 *   bench 0 0 TIMERS_MAX                               lists the measurements
 *   bench 0 0 TIMERS_MAX MEASUREMENT ROUNDS            runs one of the list so many rounds and asks no clock, for hosts
 *                                                      whose clock stands still while code runs
 *
 * Owns when the clock is asked and what is printed. What is measured stands in workloads.ts.
 */
import { ARENA_DIRECTORY } from "../pages";
import {
  argumentNumber,
  exit,
  nowNs,
  printEnd,
  printFraction,
  printNumber,
  printText,
  programBegin,
} from "./program";
import { finish, operationsPerRound, prepare, round, tableTake, Workload, WORKLOADS } from "./workloads";

/** So many operations without the clock moving: it stands still on this host. */
const OPERATIONS_UNTIL_FROZEN: u64 = 100_000_000;
const EXIT_USAGE: u32 = 2;
const EXIT_CLOCK_FROZEN: u32 = 3;

const TIMERS_MIN: i64 = 1_000;
const TIMERS_MAX: i64 = 1_000_000;

function nameOf(workload: u32): string {
  switch (workload) {
    case Workload.CALL_SOON_CHAIN:
      return "callSoonChain";
    case Workload.CALL_SOON_BATCH:
      return "callSoonBatch";
    case Workload.TASK_YIELD:
      return "taskYield";
    case Workload.FUTURE_WAIT:
      return "futureWait";
    case Workload.TIMERS_SET_CANCEL:
      return "timersSetCancel";
    case Workload.TIMERS_SET_FIRE:
      return "timersSetFire";
    default:
      return "timersChurn";
  }
}

/** Timers are measured at 10^3, 10^4 and so on up to `timersMax`, everything else at one size. */
function sizeMaxOf(workload: u32, timersMax: u32): u32 {
  return workload >= <u32>Workload.TIMERS_SET_CANCEL ? timersMax : 1_000;
}

function run(workload: u32, size: u32, rounds: u64): void {
  for (let i: u64 = 0; i < rounds; i++) round(workload, size);
}

/** How many rounds take at least `sampleNs`, twice: once, the machine may have been busy with something else. */
function calibrate(workload: u32, size: u32, sampleNs: u64): u64 {
  let rounds: u64 = 1;
  let seen = false;
  while (true) {
    const startNs = nowNs();
    run(workload, size, rounds);
    const tookNs = nowNs() - startNs;
    if (tookNs >= sampleNs) {
      if (seen) return rounds;
      seen = true;
      continue;
    }
    seen = false;
    if (tookNs == 0 && rounds * operationsPerRound(workload, size) > OPERATIONS_UNTIL_FROZEN) {
      exit(EXIT_CLOCK_FROZEN);
    }
    rounds <<= 1;
  }
}

function printHead(workload: u32, size: u32, operations: u64): void {
  printText('{"name":"');
  printText(nameOf(workload));
  printText('","size":');
  printNumber(size);
  printText(',"operations":');
  printNumber(operations);
}

function measure(workload: u32, size: u32, sampleNs: u64, samples: u32): void {
  prepare(workload, size);
  const rounds = calibrate(workload, size, sampleNs);
  const operations = rounds * operationsPerRound(workload, size);
  printHead(workload, size, operations);
  printText(',"ns":[');
  for (let sample: u32 = 0; sample < samples; sample++) {
    const startNs = nowNs();
    run(workload, size, rounds);
    const tookNs = nowNs() - startNs;
    if (sample != 0) printText(",");
    printFraction(tookNs, operations);
  }
  printText("]}");
  finish(workload, size);
}

function runUntimed(workload: u32, size: u32, rounds: u64): void {
  prepare(workload, size);
  run(workload, size, rounds);
  finish(workload, size);
  printHead(workload, size, rounds * operationsPerRound(workload, size));
  printText("}");
}

function main(): void {
  // Static data stands below the core's tables, which the core itself leaves no room for anywhere else.
  assert(__heap_base <= ARENA_DIRECTORY);
  programBegin();
  const sampleMs = argumentNumber(1);
  const samples = argumentNumber(2);
  const timersMax = argumentNumber(3);
  const only = argumentNumber(4);
  const rounds = argumentNumber(5);
  if (timersMax < TIMERS_MIN || timersMax > TIMERS_MAX || sampleMs < 0 || (sampleMs > 0 && samples < 1)) {
    exit(EXIT_USAGE);
  }
  tableTake(<u32>timersMax);

  printText('{"measurements":[');
  let index: i64 = 0;
  let isFirst = true;
  for (let workload: u32 = 0; workload < WORKLOADS; workload++) {
    const sizeMax = sizeMaxOf(workload, <u32>timersMax);
    for (let size: u32 = 1_000; size <= sizeMax; size *= 10) {
      const chosen = rounds < 0 || only == index;
      index++;
      if (!chosen) continue;
      if (!isFirst) printText(",");
      isFirst = false;
      if (sampleMs > 0) measure(workload, size, <u64>sampleMs * 1_000_000, <u32>samples);
      else if (rounds >= 0) runUntimed(workload, size, <u64>rounds);
      else {
        printHead(workload, size, operationsPerRound(workload, size));
        printText("}");
      }
    }
  }
  printText("]}");
  printEnd();
}

main();
