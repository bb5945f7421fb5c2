/** What the debug build exports beside the core: the walk over its invariants. */
export { check } from "./check";
