/** The page of examples/shell in Firefox. */
import { firefox } from "../../hosts/firefox.ts";
import { shellOnEngine } from "./shell.ts";

await shellOnEngine(firefox);
