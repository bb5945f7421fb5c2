/**
 * Where options are read: what is on Object.prototype is not one, what is on a prototype of the options' own is.
 * For each option of each symbol, by the rows beside it: a wrong value, which must be refused wherever it is seen.
 */
import { afterEach, describe, expect, it } from "vitest";
import {
  Context,
  ContextVar,
  type Coroutine,
  createTask,
  getRunningLoop,
  openConnection,
  run,
  startServer,
} from "wasyncio";
import { AREAS, declarations } from "./areas.ts";
import type { Callable } from "./declarations.ts";
import type { Area } from "./rows.ts";
import { complaintsAboutOptions, symbolOf } from "./walker.ts";

describe.each(Object.entries(AREAS))("options in %s", (_, area) => {
  const rows = Object.keys(area.rows).filter((name) => hasOptions(area, name));
  // Not every area has any.
  it.each([...rows, ""])("%s: their own prototypes are seen, and nothing of Object's", async (name) => {
    if (name === "") return;
    const declared = declarations.callables.get(symbolOf(name)) as Callable;
    expect(await complaintsAboutOptions(area, name, declared)).toEqual([]);
  });
});

function hasOptions(area: Area, name: string): boolean {
  return Object.values(area.rows[name] ?? {}).some(({ options }) => options !== undefined);
}

describe("a polluted Object.prototype", () => {
  const foreign = new Context();
  const pollution = {
    host: "203.0.113.1",
    port: 1,
    path: "/nowhere/socket",
    family: 6,
    limit: 1,
    context: foreign,
    loop: null,
    clock: null,
    debug: true,
    timeout: 0,
    eagerStart: true,
    name: "polluted",
    default: "polluted",
    startServing: false,
    loopFactory: null,
  };

  afterEach(() => {
    for (const key of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, key);
  });

  function pollute(): void {
    for (const [key, value] of Object.entries(pollution))
      Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true });
  }

  it("chooses no host, port or path, for the host neither", async () => {
    const word = await run(function* () {
      pollute();
      const server = yield* startServer(
        (_, writer) => {
          writer.write("hello\n");
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const [reader, writer] = yield* openConnection("127.0.0.1", server.addresses[0]?.port ?? 0);
      const line = yield* reader.readline();
      writer.close();
      server.close();
      yield* server.waitClosed();
      return new TextDecoder().decode(line);
    });
    expect(word).toBe("hello\n");
  });

  it("chooses no name, context or start of a task, and no context of a callback", async () => {
    const variable = new ContextVar<string>("x");
    foreign.run(() => variable.set("polluted"));
    const seen = await run(function* (): Coroutine<unknown[]> {
      pollute();
      const here: unknown[] = [getRunningLoop().getDebug(), variable.get("unset")];
      const task = createTask(
        (function* () {
          here.push("begun", variable.get("unset"));
        })(),
      );
      here.push("made", task.getName() === "polluted");
      yield* task;
      task.addDoneCallback(() => here.push(variable.get("unset")));
      yield;
      return here;
    });
    expect(seen).toEqual([false, "unset", "made", false, "begun", "unset", "unset"]);
  });

  it("gives a context variable no default", () => {
    pollute();
    expect(() => new ContextVar("x").get()).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }));
    expect(() => new ContextVar("x", {} as never).get()).toThrow(
      expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }),
    );
  });

  it("does not get in the way of defaults on a prototype of the program's own", () => {
    expect(new ContextVar("x", Object.create({ default: 5 })).get()).toBe(5);
    class Settings {
      get default() {
        return 6;
      }
    }
    expect(new ContextVar("x", new Settings()).get()).toBe(6);
  });
});
