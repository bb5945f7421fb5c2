/** Hands on what it reads. */
import { block, read, write } from "./streams";

for (let size = read(); size > 0; size = read()) write(block, size);
