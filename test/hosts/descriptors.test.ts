/** Sockets that a process is started with, as by systemd: connections and listening sockets by the numbers of their descriptors. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { ANSWER } from "../../hosts/answer.ts";
import { Child } from "../../hosts/child.ts";
import { bun, launchArgs } from "../../hosts/process.ts";
import { programFor } from "./bundle.ts";
import { COMMANDS } from "./signalled.ts";

const HOST = "127.0.0.1";
const TIMEOUT_MS = 20_000;

async function listening(server: Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function descriptorOf(socket: object): number {
  return (socket as { readonly _handle: { readonly fd: number } })._handle.fd;
}

describe.skipIf(process.platform === "win32")("sock as a descriptor", () => {
  for (const driver of COMMANDS) {
    test.skipIf(driver.path === undefined)(
      `is taken on ${driver.name}, a connection and a listening socket`,
      async () => {
        const echo = createServer((socket) => socket.on("error", () => {}).pipe(socket));
        const passed = createServer();
        const [echoPort, port] = [await listening(echo), await listening(passed)];
        // Paused, so that nothing is read here.
        const connection = connect(echoPort, HOST).pause();
        await once(connection, "connect");
        const program = await programFor(driver, "inherited.ts");
        const [command, before] = driver.command();
        const child = new Child(command, [...before, ...launchArgs(program)], {
          timeoutMs: TIMEOUT_MS,
          inherits: [descriptorOf(connection), descriptorOf(passed)],
        });
        // From here on they are the child's.
        connection.destroy();
        passed.close();
        const client = connect(port, HOST);
        client.write("to a descriptor\n");
        const answer = await text(client);
        const { code, stdout, stderr } = await child.outcome;
        echo.close();
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        const line = stdout.split("\n").find((each) => each.startsWith(ANSWER)) ?? "";
        expect(JSON.parse(line.slice(ANSWER.length))).toEqual({
          connection: driver === bun ? "ENOTCONN" : "from a descriptor\n",
          server: "to a descriptor\n",
        });
        expect(answer).toBe("to a descriptor\n");
      },
      2 * TIMEOUT_MS,
    );
  }
});
