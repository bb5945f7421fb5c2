/** What a message costs in a network in memory: a line from a reader's task to another one's and back, with latencies of a seed. */
import {
  createTask,
  gather,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { expectCount, TIME, type Workload } from "./workload.ts";

const CONNECTIONS = 50;
const LINE = "a line of text\n";

let messages = 0;

function* echo(reader: StreamReader, writer: StreamWriter) {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    messages++;
    writer.write(line);
  }
  writer.close();
}

function* ask(lines: number) {
  const [reader, writer] = yield* openConnection("server", 7);
  for (let i = 0; i < lines; i++) {
    writer.write(LINE);
    yield* reader.readline();
    messages++;
  }
  writer.close();
}

function* talking(network: SimulatedNetwork, count: number) {
  const server = yield* network.host("server").createTask(startServer(echo, "server", 7));
  const connections = Math.min(CONNECTIONS, count / 2);
  const lines = count / 2 / connections;
  yield* gather(...Array.from({ length: connections }, () => createTask(ask(lines))));
  server.close();
  yield* server.waitClosed();
}

export const simulatedNetwork: Workload = {
  name: "simulated-network",
  title: "simulated network",
  about: `N lines between ${CONNECTIONS} pairs of tasks, by streams in a simulated network on a virtual clock.`,
  unit: "ns",
  per: "message",
  sizeOf: "messages",
  figures: [TIME],
  sizes: [100_000],
  quickSizes: [100_000],
  contenders: {
    wasyncio: {
      start: (size) => ({
        operations: size,
        run: async () => {
          messages = 0;
          const network = new SimulatedNetwork({ hosts: ["server"] });
          await run(talking(network, size), { clock: new VirtualClock(), network });
          expectCount("messages", messages, size);
        },
      }),
    },
  },
};
