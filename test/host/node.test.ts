/** The part of the contract of hosts that is only about the host, on the sources; `test/hosts` holds every host to all of it. */
import { describe, expect, test } from "vitest";
import { type Here, runCases } from "../hosts/suite/case.ts";
import { host } from "../hosts/suite/host.ts";
import { sockets } from "../hosts/suite/sockets.ts";

const HERE: Here = {
  host: "node",
  sockets: "all",
  fetch: true,
  taskStorage: true,
  clockStepMs: 0,
  echoPort: 0,
  url: "",
  otherUrl: "",
  programs: null,
  certificates: null,
  tlsPort: 0,
};

describe("Node", () => {
  for (const each of [...host, ...sockets])
    test(each.name, async () => {
      expect(await runCases([each], HERE)).toMatchObject([{ error: null }]);
    });
});
