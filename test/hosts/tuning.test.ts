/** Delays and probes of connections, as the system has them: asked from outside, since no host tells all of it. */
import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { programFor } from "./bundle.ts";
import { COMMANDS } from "./signalled.ts";
import type { Tuned } from "./tuned.ts";

const TIMEOUT_MS = 20_000;

/** Reads the options of another process's sockets, which it has to be permitted to. */
const ASK = `
import ctypes, json, os, socket, sys
PIDFD_GETFD = 438
tuned = json.loads(sys.argv[1])
wanted = {(each["local"], each["remote"]): each["what"] for each in tuned["ends"]}
libc = ctypes.CDLL(None, use_errno=True)
process = os.pidfd_open(tuned["pid"])
told = {}
for name in os.listdir(f"/proc/{tuned['pid']}/fd"):
    fd = libc.syscall(PIDFD_GETFD, process, int(name), 0)
    if fd < 0:
        continue
    try:
        sock = socket.socket(fileno=fd)
    except OSError:
        os.close(fd)
        continue
    with sock:
        try:
            if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
                continue
            what = wanted.get((sock.getsockname()[1], sock.getpeername()[1]))
        except OSError:
            continue
        if what is None:
            continue
        no_delay = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        probes = sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
        idle = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        told[what] = ("no delay" if no_delay else "delay") + (f", probes after {idle} s" if probes else "")
print(json.dumps(told))
`;

const AS_ASKED = {
  nothing: "no delay",
  "noDelay: false": "delay",
  "keepAlive: true": "no delay, probes after 7200 s",
  "keepAlive: 10 s": "no delay, probes after 10 s",
  "keepAlive: 1.5 s": "no delay, probes after 2 s",
  "keepAlive: 0.5 s": "no delay, probes after 1 s",
};

function ask(tuned: Tuned): Record<string, string> {
  const { stdout } = spawnSync("python3", ["-c", ASK, JSON.stringify(tuned)], { encoding: "utf8" });
  return stdout ? JSON.parse(stdout) : {};
}

describe.skipIf(process.platform !== "linux")("noDelay and keepAlive", () => {
  for (const driver of COMMANDS) {
    test.skipIf(driver.path === undefined)(
      `are set on ${driver.name}, for clients and servers, and for sockets of the host's own`,
      async ({ skip }) => {
        let told: Record<string, string> = {};
        const session = await driver.start();
        await session.run({
          file: await programFor(driver, "tuned.ts"),
          config: null,
          timeoutMs: TIMEOUT_MS,
          onLine(line) {
            if (!line.startsWith("tuned ")) return;
            const tuned = JSON.parse(line.slice("tuned ".length)) as Tuned;
            told = ask(tuned);
            connect(tuned.port, "127.0.0.1").on("error", () => {});
          },
        });
        await session.close();
        if (Object.keys(told).length === 0) skip("no python3 that may look into other processes");
        for (const kind of ["client", "client by sock", "server", "server by sock"]) {
          const expected = Object.entries(AS_ASKED).map(([name, how]) => [`${kind}, ${name}`, how]);
          expect(told).toMatchObject(Object.fromEntries(expected));
        }
      },
      2 * TIMEOUT_MS,
    );
  }
});
