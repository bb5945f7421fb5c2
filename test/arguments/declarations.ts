/**
 * Owns what the package declares: every function, constructor, method and writable property that a program can reach, with
 * its parameters, the names of its options and its TSDoc. Taken from the compiler, so that nothing can be forgotten.
 * Knows nothing of values, right or wrong.
 */
import { fileURLToPath } from "node:url";
import { type Node, SyntaxKind } from "typescript/unstable/ast";
import {
  API,
  type Checker,
  type Symbol as Declared,
  type NodeHandle,
  type Project,
  type Signature,
  SignatureKind,
  SymbolFlags,
  type Type,
} from "typescript/unstable/sync";

/**
 * Entry points, by the name that a program imports. `wasyncio/executors/worker`, which is for workers and has no loop to be
 * tried on, and `wasyncio/executors/bullmq`, which needs a Redis, have a file of their own: beside-the-loop.test.ts.
 */
const ENTRIES: Readonly<Record<string, string>> = {
  wasyncio: "src/index.ts",
  "wasyncio/http": "src/http/index.ts",
  "wasyncio/testing": "src/testing/index.ts",
  "wasyncio/edge": "src/edge/index.ts",
  "wasyncio/subprocess": "src/subprocess/index.ts",
  "wasyncio/executors": "src/executors/index.ts",
  "wasyncio/wasi": "src/wasi/index.ts",
};

/** What parameters that are objects of options are called. */
const OPTIONS_NAMES = ["options", "target", "limits"];

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Parameter {
  readonly name: string;
  /** Whether it may be left out, or be undefined. */
  readonly optional: boolean;
  readonly rest: boolean;
  /** If it is an object of options: their names. */
  readonly optionNames: readonly string[];
}

export interface Callable {
  /** `sleep`, `new Queue`, `Queue.put`, `Queue.[asyncIterator]`; `EventLoop.slowCallbackDuration =` for a property. */
  readonly name: string;
  /** Where it is imported from. */
  readonly entry: string;
  /** The parameters of all overloads, by name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The words of its TSDoc, of its options', and of its class's, with single blanks. */
  readonly docs: string;
}

export interface Declarations {
  readonly callables: ReadonlyMap<string, Callable>;
  /** What can be read of each class and interface: getters, and properties that cannot be written. */
  readonly readable: ReadonlyMap<string, readonly string[]>;
  /** Every name that can be imported, types included. */
  readonly exports: readonly string[];
}

/** Asks the compiler. Takes about half a second. */
export function readDeclarations(): Declarations {
  const api = new API({ cwd: ROOT });
  try {
    const [project] = api
      .updateSnapshot({ openProjects: [`${ROOT}tsconfig.build.json`] })
      .getProjects() as readonly [Project];
    return new Walk(project).all();
  } finally {
    api.close();
  }
}

class Walk {
  readonly #project: Project;
  readonly #checker: Checker;
  readonly #callables = new Map<string, Callable>();
  readonly #readable = new Map<string, string[]>();
  readonly #exports = new Map<string, Declared>();

  constructor(project: Project) {
    this.#project = project;
    this.#checker = project.checker;
  }

  all(): Declarations {
    const entries = Object.entries(ENTRIES).map(([entry, path]) => [entry, this.#exportsOf(path)] as const);
    for (const [, exported] of entries)
      for (const [name, symbol] of exported) this.#exports.set(name, symbol);
    for (const [entry, exported] of entries)
      for (const [name, symbol] of exported) this.#export(entry, name, symbol);
    return { callables: this.#callables, readable: this.#readable, exports: [...this.#exports.keys()] };
  }

  #exportsOf(path: string): [string, Declared][] {
    const source = this.#project.program.getSourceFile(ROOT + path);
    const module = source === undefined ? undefined : this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${path} is no module of the program`);
    return this.#checker
      .getExportsOfModule(module)
      .map((symbol) => [
        symbol.name,
        symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol,
      ]);
  }

  #export(entry: string, name: string, symbol: Declared): void {
    if (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) {
      this.#members(entry, name, symbol);
    } else {
      const type =
        symbol.flags & SymbolFlags.TypeAlias
          ? this.#checker.getDeclaredTypeOfSymbol(symbol)
          : this.#checker.getTypeOfSymbol(symbol);
      const signatures = this.#signatures(type, SignatureKind.Call);
      if (signatures.length > 0) this.#callable(entry, name, signatures, this.#docsOf(symbol));
    }
  }

  #members(entry: string, name: string, symbol: Declared): void {
    const docs = this.#docsOf(symbol);
    const isClass = (symbol.flags & SymbolFlags.Class) !== 0;
    if (isClass && !this.#has(symbol, SyntaxKind.AbstractKeyword)) {
      const statics = this.#checker.getTypeOfSymbol(symbol);
      const constructors = this.#signatures(statics, SignatureKind.Construct);
      const ownDocs = constructors.map((each) => this.#commentOf(each.declaration)).join(" ");
      if (constructors.length > 0) this.#callable(entry, `new ${name}`, constructors, `${ownDocs} ${docs}`);
    }
    for (const member of this.#checker.getPropertiesOfType(this.#checker.getDeclaredTypeOfSymbol(symbol))) {
      const parent = member.getParent();
      const elsewhere = parent !== undefined && parent.name !== symbol.name && this.#exports.has(parent.name);
      if (!elsewhere && this.#isPublic(member)) this.#member(entry, name, member, docs);
    }
  }

  #member(entry: string, owner: string, member: Declared, ownerDocs: string): void {
    const name = `${owner}.${member.name.replace(/^__@(\w+)@\d+$/, "[$1]")}`;
    const docs = `${this.#docsOf(member)} ${ownerDocs}`;
    const type = this.#checker.getTypeOfSymbol(member);
    const signatures = member.flags & SymbolFlags.Method ? this.#signatures(type, SignatureKind.Call) : [];
    if (signatures.length > 0) {
      this.#callable(entry, name, signatures, docs);
      return;
    }
    const readonly =
      this.#has(member, SyntaxKind.ReadonlyKeyword) ||
      (member.flags & SymbolFlags.GetAccessor && !(member.flags & SymbolFlags.SetAccessor));
    const known = this.#readable.get(owner) ?? [];
    this.#readable.set(owner, [...known, member.name]);
    if (readonly) return;
    const parameter: Parameter = { name: "value", optional: false, rest: false, optionNames: [] };
    const parameters = new Map([["value", parameter]]);
    this.#callables.set(`${name} =`, { name: `${name} =`, entry, parameters, docs: words(docs) });
  }

  #callable(entry: string, name: string, signatures: readonly Signature[], docs: string): void {
    const parameters = new Map<string, Parameter>();
    let all = docs;
    for (const signature of signatures) {
      all += ` ${this.#commentOf(signature.declaration)}`;
      for (const symbol of signature.getParameters()) {
        const parameter = this.#parameter(symbol);
        const known = parameters.get(symbol.name);
        const optionNames = [...new Set([...(known?.optionNames ?? []), ...parameter.optionNames])];
        const optional = parameter.optional || known?.optional === true;
        parameters.set(symbol.name, { ...parameter, optional, optionNames });
        for (const option of this.#optionsOf(symbol)) all += ` ${this.#docsOf(option)}`;
      }
    }
    // What only some of the overloads have may be left out.
    for (const [each, parameter] of parameters) {
      if (!signatures.every((signature) => signature.getParameters().some((other) => other.name === each)))
        parameters.set(each, { ...parameter, optional: true });
    }
    this.#callables.set(name, { name, entry, parameters, docs: words(all) });
  }

  #parameter(symbol: Declared): Parameter {
    const node = this.#nodeOf(symbol.valueDeclaration) as
      | (Node & { questionToken?: Node; initializer?: Node; dotDotDotToken?: Node })
      | undefined;
    return {
      name: symbol.name,
      optional: node?.questionToken !== undefined || node?.initializer !== undefined,
      rest: node?.dotDotDotToken !== undefined,
      optionNames: this.#optionsOf(symbol).map(({ name }) => name),
    };
  }

  /** The properties of a parameter that is made of nothing else. */
  #optionsOf(parameter: Declared): readonly Declared[] {
    const type = this.#checker.getTypeOfSymbol(parameter);
    const given = type === undefined ? undefined : this.#checker.getNonNullableType(type);
    if (given === undefined || !OPTIONS_NAMES.includes(parameter.name)) return [];
    const alternatives = given.isUnionType() ? (given.getTypes() ?? []) : [given];
    const properties = new Map<string, Declared>();
    for (const each of alternatives)
      for (const property of this.#checker.getPropertiesOfType(each)) properties.set(property.name, property);
    return [...properties.values()];
  }

  #signatures(type: Type | undefined, kind: SignatureKind): readonly Signature[] {
    if (type === undefined) return [];
    return this.#checker
      .getSignaturesOfType(type, kind)
      .filter(({ declaration }) => this.#isOurs(this.#nodeOf(declaration)));
  }

  #isPublic(member: Declared): boolean {
    if (member.name.startsWith("__#")) return false;
    const nodes = member.declarations.map((handle) => this.#nodeOf(handle) as Node);
    if (nodes.length === 0) return false;
    return nodes.every(
      (node) =>
        this.#isOurs(node) &&
        !hasModifier(node, SyntaxKind.PrivateKeyword) &&
        !hasModifier(node, SyntaxKind.ProtectedKeyword),
    );
  }

  /** Neither the library's, as the constructor of Error, nor for the package's own use. None: a class without a constructor. */
  #isOurs(node: Node | undefined): boolean {
    if (node === undefined) return true;
    return node.getSourceFile().fileName.startsWith(`${ROOT}src/`) && !isInternal(node);
  }

  #has(symbol: Declared, modifier: SyntaxKind): boolean {
    return symbol.declarations.some((handle) => hasModifier(this.#nodeOf(handle), modifier));
  }

  #docsOf(symbol: Declared): string {
    const tags = symbol.getJsDocTags(this.#checker).map(({ text }) => JSON.stringify(text) ?? "");
    return [symbol.getDocumentationComment(this.#checker), ...tags].join(" ");
  }

  /** The comment in front of a declaration. */
  #commentOf(handle: NodeHandle | undefined): string {
    const node = this.#nodeOf(handle);
    return node === undefined ? "" : leadingText(node).replaceAll(/^\s*\/?\*+\/?/gm, " ");
  }

  #nodeOf(handle: NodeHandle | undefined): Node | undefined {
    return handle?.resolve(this.#project);
  }
}

function leadingText(node: Node): string {
  return node.getFullText().slice(0, node.getStart() - node.getFullStart());
}

function isInternal(node: Node | undefined): boolean {
  return node !== undefined && leadingText(node).includes("@internal");
}

function hasModifier(node: Node | undefined, kind: SyntaxKind): boolean {
  const { modifiers = [] } = (node ?? {}) as { modifiers?: readonly Node[] };
  return modifiers.some((modifier) => modifier.kind === kind);
}

function words(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
