/** A sample of what test/explore/long/replays.test.ts does a hundred times. */
import { replaysOnHosts } from "./on-hosts.ts";

await replaysOnHosts(3);
