// Serves on descriptor 3, which is handed over by who starts it. Runs on the package as it is built.
import { run, startServer } from "wasyncio";

await run(function* () {
  const server = yield* startServer(
    function* (reader, writer) {
      writer.write(yield* reader.readline());
      yield* writer.drain();
      writer.close();
    },
    { sock: 3 },
  );
  yield* server.serveForever();
});
