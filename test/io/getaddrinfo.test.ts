// Names and addresses by the host's resolver.

import { expect } from "vitest";
import { createTask, getaddrinfo, NetworkError } from "wasyncio";
import { bothTest, thrown, thrownBy } from "./harness.ts";

bothTest("getaddrinfo gives the addresses of a name with the port and the type", function* () {
  const found = yield* getaddrinfo("localhost", 80, { family: 4, type: "datagram" });
  expect(found).toContainEqual({
    family: "IPv4",
    type: "datagram",
    proto: 17,
    host: "127.0.0.1",
    port: 80,
    path: "",
  });
  expect(found.every(({ family }) => family === "IPv4")).toBe(true);
});

bothTest("getaddrinfo of an address gives that address", function* () {
  expect(yield* getaddrinfo("127.0.0.3")).toEqual([
    { family: "IPv4", type: "stream", proto: 6, host: "127.0.0.3", port: 0, path: "" },
  ]);
  expect(yield* getaddrinfo("::1", 7)).toEqual([
    { family: "IPv6", type: "stream", proto: 6, host: "::1", port: 7, path: "" },
  ]);
});

bothTest("getaddrinfo of an unknown name is a NetworkError with a code", function* () {
  const error = yield* thrownBy(getaddrinfo("no-such-host.invalid", 80));
  expect(error).toBeInstanceOf(NetworkError);
  expect(["ENOTFOUND", "EAI_AGAIN"]).toContain(error.code);
  expect(error.message).toContain("no-such-host.invalid");
});

bothTest("getaddrinfo refuses what is no name, port or family", function* () {
  expect(thrown(() => getaddrinfo(7 as never)).code).toBe("ERR_ARGUMENT_TYPE");
  expect(thrown(() => getaddrinfo("localhost", "http" as never)).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => getaddrinfo("localhost", 80, { family: 5 as never })).code).toBe("ERR_ARGUMENT_VALUE");
  yield;
});

bothTest("a cancelled getaddrinfo is let go", function* () {
  const looking = createTask(getaddrinfo("localhost", 80));
  yield;
  looking.cancel();
  expect((yield* thrownBy(looking[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
});
