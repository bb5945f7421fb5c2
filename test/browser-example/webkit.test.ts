/** The page of examples/browser in WebKitGTK. */
import { webkit } from "../../hosts/webkit.ts";
import { onEngine } from "./on-engine.ts";

await onEngine(webkit);
