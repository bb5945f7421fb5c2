/**
 * Owns the walk over the package's declarations with the tables beside it: which rows are missing, and for each row what is
 * wrong with what the symbol makes of wrong arguments. Answers complaints, and expects nothing by itself.
 */
import * as main from "wasyncio";
import * as edge from "wasyncio/edge";
import * as executors from "wasyncio/executors";
import * as http from "wasyncio/http";
import * as subprocess from "wasyncio/subprocess";
import * as testing from "wasyncio/testing";
import * as wasi from "wasyncio/wasi";
import type { Callable, Declarations } from "./declarations.ts";
import type { Area, Kind, Row } from "./rows.ts";
import { type Call, isOwnError, type Outcome, type Tried, tryInside, tryOutside } from "./trial.ts";
import { LABELS, type Label, make, OF_A_LOOP } from "./values.ts";

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  wasyncio: main,
  "wasyncio/http": http,
  "wasyncio/executors": executors,
  "wasyncio/testing": testing,
  "wasyncio/edge": edge,
  "wasyncio/subprocess": subprocess,
  "wasyncio/wasi": wasi,
};

// ── Is there a row for everything? ──────────────────────────────────────────────────────────────────────────────────

/** What is declared and has no row, and rows for what is not declared. */
export function uncovered(
  declarations: Declarations,
  areas: readonly Area[],
  givenByUsers: readonly string[],
): string[] {
  const complaints: string[] = [];
  const rows = areas.flatMap(({ rows }) => Object.entries(rows));
  for (const [name, { parameters }] of declarations.callables) {
    if (givenByUsers.includes(name.split(".")[0] as string)) continue;
    const own = rows.filter(([row]) => symbolOf(row) === name).map(([, row]) => row);
    if (own.length === 0) complaints.push(`${name} has no row`);
    else for (const each of parameters.values()) complaints.push(...missing(name, each, own));
  }
  const receivers = areas.flatMap(({ receivers }) => Object.keys(receivers));
  for (const owner of declarations.readable.keys()) {
    if (![...declarations.callables.keys()].some((name) => name.startsWith(`${owner}.`))) continue;
    if (!receivers.includes(owner) && !givenByUsers.includes(owner))
      complaints.push(`${owner} has no receiver`);
  }
  for (const [name, row] of rows) {
    const declared = declarations.callables.get(symbolOf(name));
    if (declared === undefined) complaints.push(`there is no ${name}`);
    else
      for (const parameter of Object.keys(row))
        if (!declared.parameters.has(parameter)) complaints.push(`${name} has no parameter '${parameter}'`);
  }
  for (const name of givenByUsers)
    if (!declarations.exports.includes(name)) complaints.push(`there is no ${name} to be given by users`);
  return complaints;
}

function missing(
  name: string,
  parameter: { readonly name: string; readonly optionNames: readonly string[] },
  rows: readonly Row[],
): string[] {
  const kinds = rows.map((row) => row[parameter.name]).filter((each) => each !== undefined);
  if (kinds.length === 0) return [`${name} has no kind for its parameter '${parameter.name}'`];
  const known = kinds.flatMap(({ options = {} }) => Object.keys(options));
  return parameter.optionNames
    .filter((option) => !known.includes(option))
    .map((option) => `${name} has no kind for '${parameter.name}.${option}'`);
}

/** The name without the note that tells several rows of one symbol apart. */
export function symbolOf(row: string): string {
  return row.replace(/ \(.*\)$/, "");
}

// ── What becomes of wrong arguments? ────────────────────────────────────────────────────────────────────────────────

/** One wrong value in one place. */
interface Case {
  /** The parameter, as in `options.limit`. */
  readonly place: string;
  readonly label: Label;
  /** The words of the TSDoc by which it is taken; undefined if it must be refused. */
  readonly words: string | undefined;
  readonly call: Call;
  /** Filled in by the call. */
  given?: unknown;
}

/** What is wrong with what a symbol makes of wrong arguments. */
export async function complaintsAbout(area: Area, name: string, declared: Callable): Promise<string[]> {
  const row = area.rows[name] as Row;
  const cases = [...casesOf(area, name, row, declared)];
  const right = callOf(area, name, declared, () => rightArguments(row, declared));
  const [first, ...tried] = await makeCalls(area, name, [right, ...cases.map(({ call }) => call)]);
  const complaints = cases.flatMap((each, index) => judge(area, name, declared, each, tried[index] as Tried));
  const { outcome } = first as Tried;
  if (outcome.how === "threw" && !isOwnError(outcome.error))
    complaints.push(`right arguments: threw ${sayError(outcome.error)}`);
  if (outcome.how === "hangs") complaints.push("right arguments: hangs");
  return complaints;
}

/** Makes the calls, with `polluted` on Object.prototype while they last. */
async function makeCalls(
  area: Area,
  name: string,
  calls: readonly Call[],
  polluted: Readonly<Record<string, unknown>> = {},
): Promise<Tried[]> {
  const put: Call[] = calls.map(({ receiver, call }) => ({
    receiver,
    call: (made) => {
      pollute(polluted);
      try {
        return call(made);
      } finally {
        for (const key of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, key);
        area.after?.();
      }
    },
  }));
  if (area.outside?.includes(symbolOf(name))) return await tryOutside(put);
  return await tryInside(put, area);
}

function pollute(properties: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(properties))
    Object.defineProperty(Object.prototype, key, { value, configurable: true, writable: true });
}

function* casesOf(area: Area, name: string, row: Row, declared: Callable): Generator<Case> {
  const isOutside = area.outside?.includes(symbolOf(name)) === true;
  const labels = LABELS.filter((label) => !isOutside || !OF_A_LOOP.includes(label));
  for (const [parameter, kind] of Object.entries(row)) {
    const { optional = false } = declared.parameters.get(parameter) ?? {};
    for (const label of labels)
      yield caseOf(parameter, label, wordsFor(kind, label, optional), (value) => ({
        [parameter]: value,
      }));
    for (const [option, ofOption] of Object.entries(kind.options ?? {}))
      for (const label of labels) {
        yield caseOf(`${parameter}.${option}`, label, wordsFor(ofOption, label, true), (value) => ({
          [parameter]: { ...(kind.right() as object), [option]: value },
        }));
      }
  }

  function caseOf(
    place: string,
    label: Label,
    words: string | undefined,
    wrong: (value: unknown) => Record<string, unknown>,
  ): Case {
    const made: Case = {
      place,
      label,
      words,
      call: callOf(area, name, declared, () => {
        made.given = make(label);
        return argumentsWith(row, declared, wrong(made.given));
      }),
    };
    return made;
  }
}

/** The words by which a value is taken. What may be left out may be undefined, which the signature says. */
function wordsFor(kind: Kind, label: Label, optional: boolean): string | undefined {
  if (label === "undefined" && optional && kind.required !== true) return "";
  return kind.taken.find(([, ...labels]) => labels.includes(label))?.[0];
}

function rightArguments(row: Row, declared: Callable): unknown[] {
  return argumentsWith(row, declared, {});
}

/** Right arguments but for the ones given; what may be left out after those is. */
function argumentsWith(row: Row, declared: Callable, wrong: Record<string, unknown>): unknown[] {
  const names = Object.keys(row);
  const last = names.findLastIndex(
    (name) => name in wrong || row[name]?.required || declared.parameters.get(name)?.optional === false,
  );
  return names.slice(0, last + 1).map((name) => (name in wrong ? wrong[name] : (row[name] as Kind).right()));
}

function callOf(area: Area, row: string, declared: Callable, args: () => unknown[]): Call {
  const name = symbolOf(row);
  const constructed = /^new (\w+)$/.exec(name)?.[1];
  const exported = MODULES[declared.entry] as Readonly<Record<string, unknown>>;
  if (constructed !== undefined) {
    const made = exported[constructed] as new (...args: unknown[]) => unknown;
    return { call: () => new made(...args()) };
  }
  const [, owner, member, writes] = /^(\w+)\.(.+?)( =)?$/.exec(name) ?? [];
  if (owner === undefined || member === undefined) {
    const receiver = area.receivers[name];
    return {
      receiver,
      call: (made) => ((made ?? exported[name]) as (...args: unknown[]) => unknown)(...args()),
    };
  }
  const symbol = /^\[(\w+)\]$/.exec(member)?.[1];
  const key = symbol === undefined ? member : (Symbol[symbol as keyof typeof Symbol] as unknown as string);
  return {
    receiver: area.receivers[name] ?? area.receivers[owner],
    call: (made) => {
      const receiver = made as Record<string, unknown>;
      if (writes !== undefined) {
        receiver[key] = args()[0];
        return undefined;
      }
      const result = (receiver[key] as (...args: unknown[]) => unknown).apply(receiver, args());
      return symbol === "asyncIterator" ? (result as AsyncIterator<unknown>).next() : result;
    },
  };
}

function judge(area: Area, name: string, declared: Callable, each: Case, tried: Tried): string[] {
  const { outcome, reports } = tried;
  const complaints: string[] = [];
  const complain = (what: string) => complaints.push(`${each.place} = ${each.label}: ${what}`);
  for (const report of reports) {
    const { message, exception } = report;
    if (report === each.given || exception === undefined || exception === each.given) continue;
    if (!isOwnError(exception)) complain(`reported "${message}" with ${sayError(exception)}`);
  }
  if (outcome.how === "hangs") complain("cannot be ended");
  else if (outcome.how === "waited" && !area.waiting?.includes(symbolOf(name)) && !area.io) complain("waits");
  else if (hasThrown(outcome, each) && !isOwnError(outcome.error))
    complain(`threw ${sayError(outcome.error)}`);
  else if (hasThrown(outcome, each) && isRefusal(outcome)) {
    if (each.words !== undefined) complain(`is refused by ${sayError(outcome.error)}, and the row takes it`);
    else if (outcome.late) complain(`is refused by ${sayError(outcome.error)} only to whoever waits`);
  } else if (each.words === undefined) complain("is taken, and the row does not say by which words");
  else if (!declared.docs.includes(each.words)) complain(`is taken, and no TSDoc says "${each.words}"`);
  return complaints;
}

/** Giving back what was given to be thrown is no refusal. */
function hasThrown(outcome: Outcome, each: Case): outcome is Outcome & { how: "threw" } {
  return outcome.how === "threw" && !Object.is(outcome.error, each.given);
}

/** What fails later fails with the right arguments, too, unless it complains of them. */
function isRefusal({ late, error }: Outcome & { how: "threw" }): boolean {
  return !late || error instanceof main.ArgumentError;
}

function sayError(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error}`;
  const { code } = error as { code?: unknown };
  return `${error.constructor.name}${code === undefined ? "" : ` ${String(code)}`} (${error.message.slice(0, 90)})`;
}

// ── Where are options read from? ────────────────────────────────────────────────────────────────────────────────────

/**
 * What is wrong with where a symbol looks for its options. A wrong value must be refused on a prototype of the options and as
 * a getter of their class, and must not be seen on Object.prototype.
 */
export async function complaintsAboutOptions(
  area: Area,
  name: string,
  declared: Callable,
): Promise<string[]> {
  const row = area.rows[name] as Row;
  const complaints: string[] = [];
  const expectOf = async (what: string, refuses: boolean, args: () => unknown[], polluted = {}) => {
    const [tried] = await makeCalls(area, name, [callOf(area, name, declared, args)], polluted);
    const { outcome } = tried as Tried;
    const refused = outcome.how === "threw" && isRefusal(outcome);
    if (refused === refuses) return;
    complaints.push(refused ? `${what}: refused by ${sayError(outcome.error)}` : `${what}: not seen`);
  };
  for (const [parameter, { options = {}, right }] of Object.entries(row)) {
    for (const [option, kind] of Object.entries(options)) {
      const label = LABELS.find(
        (each) => wordsFor(kind, each, true) === undefined && !OF_A_LOOP.includes(each),
      );
      if (label === undefined) continue;
      const wrong = make(label);
      const withOptions = (given: object) => () => argumentsWith(row, declared, { [parameter]: given });
      const defaults = { ...(right() as object), [option]: wrong };
      await expectOf(`Object.create({ ${option} })`, true, withOptions(Object.create(defaults)));
      await expectOf(
        `a class with ${option}`,
        true,
        withOptions(instanceOf({ ...(right() as object) }, option, wrong)),
      );
      const isRequired = kind.required === true;
      const without = { ...(right() as Record<string, unknown>) };
      if (isRequired) continue;
      const polluted = { [option]: wrong };
      await expectOf(`Object.prototype.${option}`, false, withOptions(without), polluted);
      if (declared.parameters.get(parameter)?.optional && !row[parameter]?.required)
        await expectOf(
          `Object.prototype.${option}, no options`,
          false,
          withOptions(undefined as never),
          polluted,
        );
    }
  }
  return complaints;
}

/** An object whose class has the option as a getter. */
function instanceOf(rest: object, option: string, value: unknown): object {
  class Settings {}
  Object.defineProperty(Settings.prototype, option, { get: () => value });
  return Object.assign(
    new Settings(),
    Object.fromEntries(Object.entries(rest).filter(([key]) => key !== option)),
  );
}

// ── What can be read ────────────────────────────────────────────────────────────────────────────────────────────────

/** What is wrong with reading the properties of an area's objects. */
export async function complaintsAboutReading(
  area: Area,
  readable: Declarations["readable"],
): Promise<string[]> {
  const complaints: string[] = [];
  for (const [owner, receiver] of Object.entries(area.receivers)) {
    const properties = readable.get(owner) ?? [];
    const calls = properties.map((property) => ({
      receiver,
      call: (made: unknown) => String(typeof (made as Record<string, unknown>)[property]),
    }));
    const tried = calls.length === 0 ? [] : await tryInside(calls, area);
    for (const [index, { outcome }] of tried.entries()) {
      const name = `${owner}.${properties[index]}`;
      const code = area.refusedToRead?.[name];
      const error = outcome.how === "threw" && isOwnError(outcome.error) ? outcome.error : undefined;
      if (code === undefined ? outcome.how !== "returned" : error?.code !== code)
        complaints.push(`${name}: ${outcome.how}`);
    }
  }
  return complaints;
}
