/**
 * What is said when no descriptor is left, on each host that is a process. The limit is a real one: the hard one too, since
 * Node raises its soft limit by itself. On Bun a connection to an address stays ECONNREFUSED, which is what Bun says.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runChild } from "../../hosts/child.ts";
import { bun, deno, otherNodes, thisNode } from "../../hosts/process.ts";
import { installedFolder } from "./package.ts";

/** Enough for the host itself, and soon used up. */
const DESCRIPTORS = 150;

const PROGRAM = `
  import { closeSync, openSync } from "node:fs";
  import { getaddrinfo, openConnection, run, startServer, startUnixServer } from "wasyncio";

  function* toldBy(operation) {
    try {
      yield* operation;
    } catch ({ name, code, message }) {
      return [name, code, message].join(" ");
    }
    return "no error";
  }

  const told = await run(function* () {
    // The host opens what it needs for itself before all is taken.
    const server = yield* startServer(() => {}, "127.0.0.1", 0);
    yield* toldBy(openConnection("localhost", 1, { family: 4 }));
    const taken = [];
    try {
      for (;;) taken.push(openSync("/dev/null"));
    } catch {}
    const told = {
      getaddrinfo: yield* toldBy(getaddrinfo("localhost", 80, { family: 4 })),
      openConnection: yield* toldBy(openConnection("localhost", server.addresses[0].port, { family: 4 })),
      startServer: yield* toldBy(startServer(() => {})),
      startUnixServer: yield* toldBy(startUnixServer(() => {}, "./none.sock")),
    };
    for (const each of taken) closeSync(each);
    server.close();
    return told;
  });
  console.log(JSON.stringify(told));
`;

const present = [thisNode, ...otherNodes, deno, bun].filter(({ path }) => path !== undefined);

test.each(present)("on $name what needs a descriptor fails with EMFILE and advice", async (driver) => {
  const folder = join(installedFolder(), "shortage");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "program.mjs");
  writeFileSync(file, PROGRAM);
  const [command, args] = driver.command();
  const limited = ["-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "sh", command, ...args, file];
  const { code, stdout, stderr } = await runChild("sh", limited, { cwd: folder, timeoutMs: 20_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const told = expect.stringMatching(
    /^NetworkError EMFILE .*; .*close some, or raise its limit \(ulimit -n\)$/,
  );
  expect(JSON.parse(stdout)).toEqual({
    getaddrinfo: told,
    openConnection: told,
    startServer: told,
    startUnixServer: told,
  });
});
