// What TypeScript declares only together with the DOM, and we use without it: lib.dom would make every browser
// global look available on every host. Only as much as is used.
//
// This file is not part of the package, so the types that it names must not appear in what src/index.ts exports.

declare namespace WebAssembly {
  interface ModuleImportDescriptor {
    readonly kind: "function" | "table" | "memory" | "global" | "tag";
    readonly module: string;
    readonly name: string;
  }

  class Module {
    constructor(bytes: ArrayBufferView | ArrayBufferLike);
    static imports(module: Module): ModuleImportDescriptor[];
    private readonly brand;
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
}

/** A WebAssembly file is imported as its compiled module by workerd, and with ?module by edge runtimes. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

/** TCP connections on workerd. */
declare module "cloudflare:sockets" {
  interface SocketInfo {
    readonly remoteAddress?: string | null;
    readonly localAddress?: string | null;
  }

  interface Socket {
    readonly readable: ReadableStream;
    readonly writable: WritableStream<Uint8Array>;
    readonly opened: Promise<SocketInfo>;
    readonly closed: Promise<void>;
    close(): Promise<void>;
  }

  export function connect(
    address: { readonly hostname: string; readonly port: number },
    options?: { readonly allowHalfOpen?: boolean; readonly secureTransport?: "on" | "off" | "starttls" },
  ): Socket;
}
