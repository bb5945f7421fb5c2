/** The page of examples/browser in Firefox. */
import { firefox } from "../../hosts/firefox.ts";
import { onEngine } from "./on-engine.ts";

await onEngine(firefox);
