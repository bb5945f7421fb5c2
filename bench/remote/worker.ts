/**
 * What a thread runs that calls a loop of another one, built into a text (scripts/build.mjs): it is given a handle, and then told
 * how often to call.
 */
import { connect, type RemoteLoop } from "../../src/executors/worker/remote-loop.ts";
import { portHere } from "../../src/host/worker-realm.ts";

type Told = { readonly handle: Parameters<typeof connect<Functions>>[0] } | { readonly count: number };
interface Functions {
  heard(index: number): void;
}

let loop: RemoteLoop<Functions> | undefined;

portHere()?.listen((message) => {
  const told = message as Told;
  if ("handle" in told) loop = connect<Functions>(told.handle);
  else for (let i = 0; i < told.count; i++) loop?.callSoonThreadsafe("heard", i);
});
