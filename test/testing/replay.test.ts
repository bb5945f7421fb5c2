/** What `replay` follows, and what it refuses. */
import { expect, test } from "vitest";
import { createTask, gather, sleep } from "wasyncio";
import { explore, type Program, ReplayError, replay } from "wasyncio/testing";
import { failureOf } from "./failing.ts";

/** Fails if its first task is overtaken; `noise` makes it another program. */
function racing(noise = 0): Program<string> {
  return function* () {
    let first = "";
    function* runner(name: string) {
      yield* sleep(5);
      if (first === "") first = name;
    }
    const names = ["hare", "tortoise", ...Array.from({ length: noise }, (_, i) => `spectator-${i}`)];
    yield* gather(...names.map((name) => createTask(runner(name), { name })));
    if (first !== "hare") throw new Error(`${first} was first`);
    return first;
  };
}

test("replay fails as the exploration did, each time", async () => {
  const program = racing();
  const { token } = await failureOf(program);
  for (let i = 0; i < 10; i++) await expect(replay(program, token)).rejects.toThrow("tortoise was first");
  await expect(replay(program, ` ${token}\n`)).rejects.toThrow("tortoise was first");
});

test("replay fails as the exploration did where promises are waited for", async () => {
  const program = async () => {
    let first = "";
    const runner = async (name: string) => {
      await Promise.resolve();
      await sleep(5);
      if (first === "") first = name;
    };
    await gather(...["hare", "tortoise"].map((name) => createTask(() => runner(name), { name })));
    if (first !== "hare") throw new Error(`${first} was first`);
  };
  const { token } = await failureOf(program);
  for (let i = 0; i < 10; i++) await expect(replay(program, token)).rejects.toThrow("tortoise was first");
});

test("replay of a program that was mended, and takes the same steps, returns its result", async () => {
  let isMended = false;
  const program: Program<string> = function* () {
    const log: string[] = [];
    function* runner(name: string) {
      yield* sleep(5);
      log.push(name);
    }
    yield* gather(...["hare", "tortoise"].map((name) => createTask(runner(name), { name })));
    if (log[0] !== "hare" && !isMended) throw new Error("overtaken");
    return log.join();
  };
  const { token } = await failureOf(program);
  isMended = true;
  expect(await replay(program, token)).toBe("tortoise,hare");
});

test("replay draws the numbers of the run that failed", async () => {
  const program: Program<void> = function* ({ random }) {
    yield* sleep(1);
    const number = random.below(20);
    if (number === 13) throw new Error(`unlucky ${number}`);
  };
  const { token, departures } = await failureOf(program);
  expect(departures).toEqual([]);
  await expect(replay(program, token)).rejects.toThrow("unlucky 13");
});

test.each([
  ["nothing", "", "ERR_TOKEN_INVALID"],
  ["text", "hello", "ERR_TOKEN_INVALID"],
  ["a number", 3, "ERR_ARGUMENT_TYPE"],
] as [string, string, string][])("replay refuses %s as a token", async (_, token, code) => {
  await expect(replay(racing(), token)).rejects.toMatchObject({ code });
});

test("replay refuses a token of which something is missing, or was changed, and one of another version", async () => {
  const program = racing();
  const { token } = await failureOf(program);
  await expect(replay(program, token.slice(0, -1))).rejects.toMatchObject({ code: "ERR_TOKEN_INVALID" });
  await expect(replay(program, token.replace(/\d/, "x"))).rejects.toMatchObject({
    code: "ERR_TOKEN_INVALID",
  });
  const other = token.replace(/^wt\d+/, "wt99");
  await expect(replay(program, other)).rejects.toMatchObject({ code: "ERR_TOKEN_VERSION" });
  await expect(replay(program, other)).rejects.toBeInstanceOf(ReplayError);
});

test("replay refuses the token of another program", async () => {
  const { token } = await failureOf(racing());
  await expect(replay(racing(1), token)).rejects.toMatchObject({ code: "ERR_TOKEN_PROGRAM" });
});

test("replay says where a program departs that does something else each time", async () => {
  let runs = 0;
  const program: Program<void> = function* () {
    const count = ++runs;
    yield* sleep(1);
    yield* gather(
      ...[1, 2, 3].map((i) => createTask(sleep(i + (count > 50 ? count : 0)), { name: `task-${i}` })),
    );
    if (count > 1) throw new Error("late");
  };
  const { token } = await failureOf(program);
  runs = 100;
  const error = await replay(program, token).catch((error: unknown) => error as ReplayError);
  expect(error).toMatchObject({ code: "ERR_REPLAY_DEPARTED" });
  expect(String(error)).toMatch(/not deterministic[\s\S]*first:\n.*turn \d+/);
});

test("explore passes where replay would", async () => {
  await explore(function* () {
    yield* sleep(1);
  });
});
