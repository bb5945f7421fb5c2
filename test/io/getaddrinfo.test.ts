// Names and addresses by the host's resolver.

import { expect } from "vitest";
import { type AddressFlag, createTask, getaddrinfo, NetworkError } from "wasyncio";
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

bothTest(
  "AI_V4MAPPED gives addresses of IPv4 in the form of IPv6, as getaddrinfo of the system does",
  function* () {
    const hosts = function* (host: string, family: 0 | 4 | 6, ...flags: AddressFlag[]) {
      return (yield* getaddrinfo(host, 1, { family, flags })).map((each) => `${each.family} ${each.host}`);
    };
    const mapped = "IPv6 ::ffff:127.0.0.1";
    expect(yield* hosts("127.0.0.1", 6, "AI_V4MAPPED")).toEqual([mapped]);
    expect(yield* hosts("127.0.0.1", 6, "AI_V4MAPPED", "AI_ALL")).toEqual([mapped]);
    expect(yield* hosts("127.0.0.1", 0, "AI_V4MAPPED")).toEqual(["IPv4 127.0.0.1"]);
    expect(yield* hosts("::1", 6, "AI_V4MAPPED", "AI_ALL")).toEqual(["IPv6 ::1"]);
    expect((yield* thrownBy(hosts("127.0.0.1", 6, "AI_ALL"))).code).toBe("EAI_ADDRFAMILY");
    expect((yield* thrownBy(hosts("::1", 4, "AI_V4MAPPED"))).code).toBe("EAI_ADDRFAMILY");
    const all = yield* hosts("localhost", 6, "AI_V4MAPPED", "AI_ALL");
    expect(all).toContain(mapped);
    // Those of IPv4 only where there is none of IPv6.
    const some = yield* hosts("localhost", 6, "AI_V4MAPPED");
    expect(some).toEqual(all.length > 1 ? all.filter((each) => each !== mapped) : all);
  },
);

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
