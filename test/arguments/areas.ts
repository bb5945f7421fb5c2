/** Owns the list of all tables, and what they are held against: the declarations, read once for each file of tests. */
import { readDeclarations } from "./declarations.ts";
import type { Area } from "./rows.ts";
import { CONTEXTS, COROUTINES, FUTURES, LOOPS, RUNNERS } from "./tables/core.ts";
import { EXECUTORS } from "./tables/executors.ts";
import { CONNECTIONS, STREAMS } from "./tables/io.ts";
import { PIPES, PROCESSES, WASI } from "./tables/subprocess.ts";
import { LOCKS, QUEUES } from "./tables/sync.ts";
import { TASKS } from "./tables/tasks.ts";
import { EXPLORING } from "./tables/testing.ts";
import { EDGE, HTTP, SERVING, TESTING } from "./tables/web.ts";

export const declarations = readDeclarations();

export const AREAS: Readonly<Record<string, Area>> = {
  contexts: CONTEXTS,
  coroutines: COROUTINES,
  futures: FUTURES,
  loops: LOOPS,
  runners: RUNNERS,
  tasks: TASKS,
  locks: LOCKS,
  queues: QUEUES,
  streams: STREAMS,
  connections: CONNECTIONS,
  http: HTTP,
  edge: EDGE,
  serving: SERVING,
  processes: PROCESSES,
  pipes: PIPES,
  wasi: WASI,
  testing: TESTING,
  exploring: EXPLORING,
  executors: EXECUTORS,
};
