/** The page of examples/browser in Chromium. */
import { chromium } from "../../hosts/chromium.ts";
import { onEngine } from "./on-engine.ts";

await onEngine(chromium);
