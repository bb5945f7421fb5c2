/** Cases: a network in memory, which is the same on hosts with sockets and without. */
import { assert } from "chai";
import {
  gather,
  getRunningLoop,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  timeout,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { casesOf } from "./case.ts";

const LINES = 30;
/** What comes of seed 7, wherever it is run. */
const LAST_OF_SEED_7 = "291.4900578074157: 29";

async function echo(reader: StreamReader, writer: StreamWriter): Promise<void> {
  for await (const line of reader) writer.write(line);
  writer.close();
}

/** Lines to a server and back over a bad link, with the times at which they are back. */
async function conversation(network: SimulatedNetwork): Promise<string[]> {
  const loop = getRunningLoop();
  await network.host("b").createTask(startServer(echo, "b", 7));
  return await network.host("a").createTask(async () => {
    const log: string[] = [];
    const [reader, writer] = await openConnection("b", 7);
    const writing = async () => {
      for (let i = 0; i < LINES; i++) {
        writer.write(`${i}\n`);
        await sleep(2);
      }
      writer.writeEof();
    };
    const reading = async () => {
      for await (const line of reader) log.push(`${loop.time()}: ${new TextDecoder().decode(line).trim()}`);
    };
    await gather(reading(), writing());
    writer.close();
    return log;
  });
}

export const simulated = casesOf("simulated network", {
  "a seed has the same times on every host": async () => {
    const network = new SimulatedNetwork({
      seed: 7,
      hosts: ["a", "b"],
      link: { latencyMs: [1, 9], loss: 0.1 },
    });
    const log = await run(() => conversation(network), { clock: new VirtualClock(), network });
    assert.lengthOf(log, LINES);
    assert.equal(log.at(-1), LAST_OF_SEED_7);
  },

  "a partition lasts until it is healed": async () => {
    const network = new SimulatedNetwork({ hosts: ["a", "b"] });
    await run(
      function* () {
        yield* network.host("b").createTask(startServer((_, writer) => writer.close(), "b", 7));
        network.partition(["b"]);
        let code: unknown;
        try {
          yield* timeout(500, () => openConnection("b", 7));
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        assert.equal(code, "ERR_TIMEOUT");
        network.heal();
        const [reader, writer] = yield* openConnection("b", 7);
        assert.lengthOf(yield* reader.read(), 0);
        writer.close();
      },
      { clock: new VirtualClock(), network },
    );
  },
});
