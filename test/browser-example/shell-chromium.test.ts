/** The page of examples/shell in Chromium. */
import { chromium } from "../../hosts/chromium.ts";
import { shellOnEngine } from "./shell.ts";

await shellOnEngine(chromium);
