/** A program that goes on until it is cancelled, and then unwinds level by level. */
import { createTask, run, sleep, TaskGroup } from "wasyncio";

function* poll(name: string, everyMs: number, cleaningMs: number) {
  try {
    for (;;) yield* sleep(everyMs);
  } finally {
    yield* sleep(cleaningMs);
    console.log(`${name}: closed`);
  }
}

function* supervise() {
  try {
    yield* new TaskGroup().with((tasks) => {
      tasks.createTask(poll("north", 150, 300), { name: "north" });
      tasks.createTask(poll("south", 230, 600), { name: "south" });
    });
  } finally {
    console.log("supervisor: both are closed");
    yield* sleep(250);
  }
}

function* main() {
  console.log("watching, until somebody cancels this");
  try {
    yield* createTask(supervise(), { name: "supervisor" });
  } finally {
    console.log("main: the supervisor has ended");
  }
}

export const play = () => run(main);
