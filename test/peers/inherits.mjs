// Serves on the descriptors that are handed over by who starts it, as systemd does. Runs on the package as it is built.
import { gather, run, startServer } from "wasyncio";

const FIRST = 3;

await run(function* () {
  const count = Number(process.env.LISTEN_PID) === process.pid ? Number(process.env.LISTEN_FDS) : 0;
  const servers = [];
  for (let i = 0; i < count; i++) {
    const server = yield* startServer(
      function* (reader, writer) {
        writer.write(yield* reader.readline());
        yield* writer.drain();
        writer.close();
      },
      { sock: FIRST + i },
    );
    servers.push(server);
  }
  process.stdout.write(`${servers.join(" ")}\n`);
  yield* gather(...servers.map((server) => server.serveForever()));
});
