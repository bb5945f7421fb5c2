// Programs on a simulated network, explored: cancelled at every wait, and with connections ready in any order.

import { expect, test } from "vitest";
import { getRunningLoop, openConnection, startServer, TaskGroup } from "wasyncio";
import { type ExploredRun, explore, SimulatedNetwork } from "wasyncio/testing";
import { type Steps, text } from "./simulated.ts";

function networkOf({ seed, random }: ExploredRun): SimulatedNetwork {
  // Where all take as long, connections are ready at once, and may change places.
  const link = random.below(2) === 0 ? { latencyMs: 1 } : { loss: 0.05 };
  const network = new SimulatedNetwork({ seed, hosts: ["a", "b"], link });
  getRunningLoop().setNetwork(network);
  return network;
}

/** Clients that ask a server, each of which gets its own answer. */
function* asking(run: ExploredRun): Steps<string[]> {
  const network = networkOf(run);
  const server = yield* network.host("a").createTask(
    startServer(
      function* (reader, writer) {
        try {
          writer.write(yield* reader.readline());
          yield* writer.drain();
        } finally {
          writer.close();
        }
      },
      "a",
      80,
    ),
  );
  return yield* server.with(
    function* () {
      const answers: string[] = [];
      yield* new TaskGroup().with(function* (group) {
        for (const [i, line] of ["one\n", "two\n", "three\n"].entries())
          group.createTask(
            (function* (): Steps {
              const [reader, writer] = yield* openConnection("a", 80);
              try {
                writer.write(line);
                answers[i] = text(yield* reader.readline());
              } finally {
                writer.close();
              }
            })(),
            { context: network.host("b").context() },
          );
      });
      return answers;
    },
    { graceMs: 0 },
  );
}

test("what is right under any order and any delays is found to be so", async () => {
  const report = await explore(
    function* (run) {
      expect(yield* asking(run)).toEqual(["one\n", "two\n", "three\n"]);
    },
    { runs: 50 },
  );
  expect(report.schedules).toBeGreaterThan(10);
});

test("cancelled at every wait, a program leaves nothing: what is under way is the network's", async () => {
  const { cancellations } = await explore(asking, { runs: 20, cancellations: true });
  expect(cancellations).toBeGreaterThan(10);
});
