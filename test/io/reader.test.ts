// The StreamReader by itself, fed by hand. Expected values are CPython's.

import { expect, test } from "vitest";
import { createTask, IncompleteReadError, LimitOverrunError, run, StreamReader } from "wasyncio";
import { bytes, text, thrown, thrownBy } from "./harness.ts";

function fed(data: string, options: { limit?: number; end?: boolean } = {}): StreamReader {
  const reader = new StreamReader({ limit: options.limit });
  reader.feedData(data);
  if (options.end !== false) reader.feedEof();
  return reader;
}

function readerTest(name: string, body: () => Generator<unknown, void, unknown>): void {
  test(name, () => run(body));
}

readerTest("read(n) gives what is there, n at most, and nothing at the end", function* () {
  const reader = fed("hello");
  expect(text(yield* reader.read(2))).toBe("he");
  expect(text(yield* reader.read(0))).toBe("");
  expect(text(yield* reader.read(100))).toBe("llo");
  expect((yield* reader.read(100)).length).toBe(0);
});

readerTest("read() gives all until the end, beyond the limit too", function* () {
  const reader = fed("x".repeat(100), { limit: 8, end: false });
  const all = createTask(reader.read());
  yield;
  reader.feedData("end");
  reader.feedEof();
  expect(text(yield* all)).toBe(`${"x".repeat(100)}end`);
});

readerTest("read waits for the first bytes only", function* () {
  const reader = new StreamReader();
  const some = createTask(reader.read(10));
  yield;
  expect(some.done()).toBe(false);
  reader.feedData("ab");
  expect(text(yield* some)).toBe("ab");
});

readerTest("readexactly gives n bytes across chunks, and IncompleteReadError at an early end", function* () {
  const reader = fed("abcdef");
  expect(text(yield* reader.readexactly(4))).toBe("abcd");
  expect((yield* reader.readexactly(0)).length).toBe(0);
  const error = (yield* thrownBy(reader.readexactly(4))) as unknown as IncompleteReadError;
  expect(error).toBeInstanceOf(IncompleteReadError);
  expect(error.code).toBe("ERR_INCOMPLETE_READ");
  expect(text(error.partial)).toBe("ef");
  expect(error.expected).toBe(4);
  expect(reader.atEof()).toBe(true);
  expect(thrown(() => reader.readexactly(-1)).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => reader.readexactly(1.5)).code).toBe("ERR_ARGUMENT_VALUE");
});

readerTest("readline gives lines, the last without its end, then nothing", function* () {
  const reader = fed("one\ntwo\r\nthree");
  expect(text(yield* reader.readline())).toBe("one\n");
  expect(text(yield* reader.readline())).toBe("two\r\n");
  expect(text(yield* reader.readline())).toBe("three");
  expect((yield* reader.readline()).length).toBe(0);
});

readerTest(
  "readline of a line at the limit passes, one byte more fails and drops that line alone",
  function* () {
    const reader = fed("abcd\nabcde\nnext\n", { limit: 4 });
    expect(text(yield* reader.readline())).toBe("abcd\n");
    const error = yield* thrownBy(reader.readline());
    expect(error.code).toBe("ERR_LINE_TOO_LONG");
    expect(error.message).toContain("limit of 4 bytes");
    expect(text(yield* reader.readline())).toBe("next\n");
  },
);

readerTest("readline waits for the end of a line that is at the limit, and no further", function* () {
  const reader = fed("abcd", { limit: 4, end: false });
  const line = createTask(reader.readline());
  yield;
  expect(line.done()).toBe(false);
  reader.feedData("\n");
  expect(text(yield* line)).toBe("abcd\n");
  reader.feedData("abcde");
  expect((yield* thrownBy(reader.readline())).code).toBe("ERR_LINE_TOO_LONG");
});

readerTest("readline without an end in sight drops all there is", function* () {
  const reader = fed("x".repeat(50), { limit: 4, end: false });
  expect((yield* thrownBy(reader.readline())).code).toBe("ERR_LINE_TOO_LONG");
  reader.feedData("ok\n");
  expect(text(yield* reader.readline())).toBe("ok\n");
});

readerTest("readuntil takes the separator along, also across chunks", function* () {
  const reader = fed("head\r", { end: false });
  const head = createTask(reader.readuntil("\r\n\r\n"));
  yield;
  reader.feedData("\n\r");
  yield;
  reader.feedData("\nbody");
  expect(text(yield* head)).toBe("head\r\n\r\n");
  expect(text(yield* reader.read(10))).toBe("body");
});

readerTest("readuntil of several separators takes the match that ends first", function* () {
  const reader = fed("a--b-c==d");
  expect(text(yield* reader.readuntil(["--", "-"]))).toBe("a-");
  expect(text(yield* reader.readuntil([bytes("=="), bytes("b-")]))).toBe("-b-");
  expect(text(yield* reader.readuntil(["x", "=="]))).toBe("c==");
  // One begins earlier, the other ends earlier.
  expect(text(yield* fed("xabcdy").readuntil(["abcd", "bc"]))).toBe("xabc");
  // Both end at the same byte; the shorter one is the separator, the result is the same.
  const same = fed("12END");
  expect(text(yield* same.readuntil(["2END", "END"]))).toBe("12END");
});

readerTest("readuntil at the end throws IncompleteReadError with all there is", function* () {
  const reader = fed("partial");
  const error = (yield* thrownBy(reader.readuntil("|"))) as unknown as IncompleteReadError;
  expect(text(error.partial)).toBe("partial");
  expect(error.expected).toBeNull();
});

readerTest(
  "readuntil beyond the limit throws LimitOverrunError and leaves the buffer as it was",
  function* () {
    const found = fed("abcdef|g", { limit: 4 });
    const error = (yield* thrownBy(found.readuntil("|"))) as unknown as LimitOverrunError;
    expect(error).toBeInstanceOf(LimitOverrunError);
    expect(error.code).toBe("ERR_LIMIT_OVERRUN");
    expect(error.consumed).toBe(6);
    expect(text(yield* found.readexactly(error.consumed))).toBe("abcdef");
    expect(text(yield* found.readuntil("|"))).toBe("|");

    const missing = fed("abcdefgh", { limit: 4, end: false });
    const overrun = (yield* thrownBy(missing.readuntil("xyz"))) as unknown as LimitOverrunError;
    // The last two bytes may begin the separator.
    expect(overrun.consumed).toBe(6);
    expect(text(yield* missing.readexactly(8))).toBe("abcdefgh");
  },
);

readerTest("readuntil refuses an empty separator, or none", function* () {
  const reader = fed("x");
  expect(thrown(() => reader.readuntil("")).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => reader.readuntil(["a", ""])).code).toBe("ERR_ARGUMENT_VALUE");
  expect(thrown(() => reader.readuntil([])).code).toBe("ERR_ARGUMENT_VALUE");
});

readerTest("atEof is true once the end is fed and all is read", function* () {
  const reader = fed("x", { end: false });
  expect(reader.atEof()).toBe(false);
  reader.feedEof();
  expect(reader.atEof()).toBe(false);
  yield* reader.read();
  expect(reader.atEof()).toBe(true);
});

readerTest("a second task that reads gets an error, and the first goes on", function* () {
  const reader = new StreamReader();
  const first = createTask(reader.readline());
  yield;
  for (const other of [
    reader.readline(),
    reader.read(1),
    reader.read(),
    reader.readexactly(1),
    reader.readuntil("x"),
  ]) {
    expect((yield* thrownBy(other)).code).toBe("ERR_READER_BUSY");
  }
  reader.feedData("ok\n");
  expect(text(yield* first)).toBe("ok\n");
});

readerTest("cancelling a read leaves the reader usable and loses nothing", function* () {
  for (const begin of [
    (reader: StreamReader) => reader.readline(),
    (reader: StreamReader) => reader.readexactly(20),
    (reader: StreamReader) => reader.readuntil("\n"),
  ]) {
    const reader = new StreamReader();
    reader.feedData("hel");
    const waiting = createTask(begin(reader));
    yield;
    reader.feedData("lo");
    yield;
    waiting.cancel();
    expect((yield* thrownBy(waiting[Symbol.iterator]())).code).toBe("ERR_CANCELLED");
    reader.feedData("\n");
    expect(text(yield* reader.readline())).toBe("hello\n");
  }
});

readerTest("a read that is told to return leaves its place to another", function* () {
  const reader = new StreamReader();
  const told = reader.readline();
  expect(told.next().done).toBe(false);
  expect(told.return(bytes("enough"))).toEqual({ done: true, value: bytes("enough") });
  reader.feedData("line\n");
  expect(text(yield* reader.readline())).toBe("line\n");
});

readerTest("setException fails the read that waits and all later ones", function* () {
  const reader = new StreamReader();
  const waiting = createTask(reader.read(1));
  yield;
  expect(reader.exception()).toBeNull();
  const broken = new Error("broken");
  reader.setException(broken);
  expect(yield* thrownBy(waiting[Symbol.iterator]())).toBe(broken);
  expect(reader.exception()).toBe(broken);
  for (const read of [
    reader.read(),
    reader.read(1),
    reader.readline(),
    reader.readexactly(1),
    reader.readuntil("x"),
  ]) {
    expect(yield* thrownBy(read)).toBe(broken);
  }
});

readerTest("the transport is paused above twice the limit and resumed at the limit", function* () {
  const log: string[] = [];
  const reader = new StreamReader({ limit: 4 });
  reader.setTransport({ pauseReading: () => log.push("pause"), resumeReading: () => log.push("resume") });
  reader.feedData("12345678");
  expect(log).toEqual([]);
  reader.feedData("9");
  expect(log).toEqual(["pause"]);
  yield* reader.readexactly(4);
  expect(log).toEqual(["pause"]);
  yield* reader.readexactly(1);
  expect(log).toEqual(["pause", "resume"]);
});

readerTest(
  "readexactly of more than twice the limit resumes the transport instead of waiting for ever",
  function* () {
    const log: string[] = [];
    const reader = new StreamReader({ limit: 4 });
    reader.setTransport({ pauseReading: () => log.push("pause"), resumeReading: () => log.push("resume") });
    reader.feedData("123456789");
    const all = createTask(reader.readexactly(12));
    yield;
    expect(log).toEqual(["pause", "resume"]);
    reader.feedData("abc");
    expect(text(yield* all)).toBe("123456789abc");
  },
);

readerTest("feedData copies, and is refused after the end", function* () {
  const reader = new StreamReader();
  const mine = bytes("abc");
  reader.feedData(mine);
  mine.fill(0);
  expect(text(yield* reader.read(3))).toBe("abc");
  reader.feedEof();
  expect(thrown(() => reader.feedData("x")).code).toBe("ERR_INVALID_STATE");
  expect(thrown(() => reader.feedData(7 as never)).code).toBe("ERR_ARGUMENT_TYPE");
  reader.setTransport({ pauseReading() {}, resumeReading() {} });
  expect(thrown(() => reader.setTransport({ pauseReading() {}, resumeReading() {} })).code).toBe(
    "ERR_INVALID_STATE",
  );
});

readerTest("a limit of 0 or of no number is refused", function* () {
  for (const limit of [0, -1, Number.NaN, "4" as never]) {
    expect(thrown(() => new StreamReader({ limit })).code).toBe("ERR_ARGUMENT_VALUE");
  }
});

test("for await gives the lines in an async function", async () => {
  const lines = await run(async () => {
    const got: string[] = [];
    for await (const line of fed("one\ntwo\nthree")) got.push(text(line));
    return got;
  });
  expect(lines).toEqual(["one\n", "two\n", "three"]);
});

test("reads are awaited in an async function, in its own task", async () => {
  const reader = await run(async () => {
    const reader = fed("one\nrest");
    expect(text(await reader.readline())).toBe("one\n");
    expect(text(await reader.read())).toBe("rest");
    return reader;
  });
  expect(reader.atEof()).toBe(true);
});

readerTest("forEachLine calls bodies of any kind, and stops at false", function* () {
  const got: string[] = [];
  yield* fed("a\nb\nc").forEachLine((line) => {
    got.push(text(line));
  });
  yield* fed("d\ne\nf").forEachLine(function* (line) {
    yield;
    got.push(text(line));
    return text(line) !== "e\n";
  });
  yield* fed("g\n").forEachLine(async (line) => {
    got.push(text(line));
  });
  expect(got).toEqual(["a\n", "b\n", "c", "d\n", "e\n", "g\n"]);
});
