/** Computes for ever. */
let turns: u32 = 0;
for (;;) store<u32>(0, turns++);
