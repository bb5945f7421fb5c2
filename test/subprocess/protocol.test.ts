// Processes with a protocol: subprocessExec and subprocessShell, and what SubprocessTransport tells.

import { expect } from "vitest";
import { getRunningLoop, sleep } from "wasyncio";
import {
  DEVNULL,
  PIPE,
  type SubprocessProtocol,
  SubprocessTransport,
  subprocessExec,
  subprocessShell,
} from "wasyncio/subprocess";
import { text, until } from "../io/harness.ts";
import { processTest } from "./harness.ts";

/** Writes down what it is told. */
class Recorder implements SubprocessProtocol {
  readonly told: string[] = [];
  readonly written = ["", "", ""];
  readonly over = getRunningLoop().createFuture<void>();
  transport: SubprocessTransport | undefined;

  connectionMade(transport: SubprocessTransport): void {
    this.transport = transport;
    this.told.push("made");
  }

  pipeDataReceived(fd: number, bytes: Uint8Array): void {
    this.written[fd] += text(bytes);
  }

  pipeConnectionLost(fd: number, error: Error | undefined): void {
    this.told.push(`lost ${fd} ${error}`);
  }

  processExited(): void {
    this.told.push(`exited ${this.transport?.getReturncode()}`);
  }

  connectionLost(error: Error | undefined): void {
    this.told.push(`over ${error}`);
    this.over.setResult();
  }

  pauseWriting(): void {
    this.told.push("pause");
  }

  resumeWriting(): void {
    this.told.push("resume");
  }
}

processTest("subprocessExec tells the protocol all there is, the end last", function* () {
  const [transport, protocol] = yield* subprocessExec(
    () => new Recorder(),
    "sh",
    "-c",
    "cat; echo err >&2; exit 5",
    { stdin: PIPE, stdout: PIPE, stderr: PIPE },
  );
  expect(transport).toBeInstanceOf(SubprocessTransport);
  expect(protocol.told).toEqual(["made"]);
  expect(transport.getProtocol()).toBe(protocol);
  expect(transport.getReturncode()).toBeNull();
  const stdin = transport.getPipeTransport(0);
  stdin?.write("out");
  stdin?.writeEof();
  yield* protocol.over;
  expect(protocol.written).toEqual(["", "out", "err\n"]);
  expect(protocol.told[0]).toBe("made");
  expect(protocol.told.slice(1, -1).sort()).toEqual([
    "exited 5",
    "lost 0 undefined",
    "lost 1 undefined",
    "lost 2 undefined",
  ]);
  expect(protocol.told.at(-1)).toBe("over undefined");
  expect(transport.getReturncode()).toBe(5);
  expect(String(transport)).toBe(`<SubprocessTransport pid=${transport.getPid()} returncode=5>`);
});

processTest("subprocessShell with a protocol that wants nothing, and without pipes", function* () {
  const [transport] = yield* subprocessShell(() => ({}), "exit 4", { stdin: DEVNULL });
  expect([0, 1, 2, 3].map((fd) => transport.getPipeTransport(fd))).toEqual([null, null, null, null]);
  yield* until("it has ended", () => transport.getReturncode() === 4);
});

processTest("close kills the process and closes its pipes", function* () {
  const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "sleep", "60", {
    stdin: PIPE,
    stdout: PIPE,
  });
  transport.close();
  transport.close();
  expect(transport.isClosing()).toBe(true);
  yield* protocol.over;
  expect(protocol.told.sort()).toEqual([
    "exited -9",
    "lost 0 undefined",
    "lost 1 undefined",
    "made",
    "over undefined",
  ]);
});

processTest("a full pipe pauses the protocol, and one that is emptied resumes it", function* () {
  const [transport, protocol] = yield* subprocessExec(() => new Recorder(), "sh", "-c", "sleep 0.2; cat", {
    stdin: PIPE,
    stdout: DEVNULL,
  });
  const stdin = transport.getPipeTransport(0);
  stdin?.write(new Uint8Array(3e6));
  expect(protocol.told).toEqual(["made", "pause"]);
  yield* until("it is resumed", () => protocol.told.length === 3);
  expect(protocol.told[2]).toBe("resume");
  stdin?.close();
  yield* protocol.over;
});

processTest("what a protocol throws is reported, and the rest is told all the same", function* ({ reports }) {
  class Thrower extends Recorder {
    override processExited(): void {
      super.processExited();
      throw new Error("from processExited");
    }
    override pipeDataReceived(): void {
      throw new Error("from pipeDataReceived");
    }
  }
  const [, protocol] = yield* subprocessExec(() => new Thrower(), "echo", "x", { stdout: PIPE });
  yield* protocol.over;
  const messages = reports.map(({ exception }) => (exception as Error).message).sort();
  expect(messages).toEqual(["from pipeDataReceived", "from processExited"]);
  reports.length = 0;
});

processTest("setProtocol has another told from now on", function* () {
  const [transport, first] = yield* subprocessExec(() => new Recorder(), "cat", {
    stdin: PIPE,
    stdout: PIPE,
  });
  const second = new Recorder();
  transport.setProtocol(second);
  transport.getPipeTransport(0)?.close();
  yield* second.over;
  yield* sleep(0);
  expect(first.told).toEqual(["made"]);
  expect(second.told).toContain("lost 1 undefined");
});
