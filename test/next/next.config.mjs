// Next.js would take the repository for the app, for its lock file; Next.js itself is in the folder around the app's.
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export default { outputFileTracingRoot: root, turbopack: { root } };
