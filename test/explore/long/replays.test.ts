/** The known bugs, replayed: each shows a hundred times of a hundred on every host. */
import { replaysOnHosts } from "../hosts/on-hosts.ts";

await replaysOnHosts(100);
