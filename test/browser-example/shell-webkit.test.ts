/** The page of examples/shell in WebKitGTK, with shared memory, without which nothing can be typed to a program. */
import { webkitSharingMemory } from "../../hosts/webkit.ts";
import { shellOnEngine } from "./shell.ts";

await shellOnEngine(webkitSharingMemory);
