/** The package on Deno, which offers the modules of Node that Node's host is made of. */
export * from "./node.ts";
