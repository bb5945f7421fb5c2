/**
 * The program that runs a WASI program, in a worker or in a process of its own: joins the one's messages or the other's control
 * pipe to it. Built into one text (scripts/build.mjs).
 */
import { exit, isChild, readInput, receive, tell, writeOutput } from "../../host/node-child.ts";
import { webClock } from "../../host/web-clock.ts";
import { portHere } from "../../host/worker-realm.ts";
import { runInChild } from "../../wasi/child.ts";
import { type Beginning, runInWorker } from "../../wasi/worker.ts";

if (isChild()) {
  const beginning = receive() as Parameters<typeof runInChild>[0];
  runInChild(beginning, { clock: webClock, read: readInput, write: writeOutput, tell, receive });
  exit();
} else {
  const port = portHere();
  port?.listen((beginning) => runInWorker(beginning as Beginning, (told) => port.post(told, []), webClock));
}
