// The asynchronous half of WebAssembly, which the package does without (types/ambient.d.ts has the rest).

declare namespace WebAssembly {
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Record<string, Record<string, unknown>>): Promise<Instance>;
}
