/** What the debug build exports in addition to the core: the check of its invariants. */
export { check } from "./check";
