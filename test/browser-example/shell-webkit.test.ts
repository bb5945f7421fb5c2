/** The page of examples/shell in WebKit. */
import { webkit } from "../../hosts/webkit.ts";
import { shellOnEngine } from "./shell.ts";

await shellOnEngine(webkit);
