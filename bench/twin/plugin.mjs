// Owns how a build comes to have the twin in the place of the WebAssembly core: whoever imports src/core/wasm.ts gets
// core.ts of this folder. The package itself knows nothing of it, and the two never share a compiled function.
// Knows nothing of what is built.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TWIN = fileURLToPath(new URL("core.ts", import.meta.url));
const REPLACED = fileURLToPath(new URL("../../src/core/wasm.ts", import.meta.url));

/**
 * The file that an import means on the twin, or undefined where nothing changes. The twin's own import of what it
 * replaces stays what it is.
 *
 * @param {string} specifier
 * @param {string} importer - its path.
 */
function twinOf(specifier, importer) {
  if (!specifier.startsWith(".") || importer === TWIN) return undefined;
  return join(dirname(importer), specifier) === REPLACED ? TWIN : undefined;
}

/** @returns {import("esbuild").Plugin} */
export function twinForEsbuild() {
  return {
    name: "twin",
    setup(build) {
      build.onResolve({ filter: /\/wasm\.ts$/ }, ({ path, importer }) => {
        const twin = twinOf(path, importer);
        return twin === undefined ? undefined : { path: twin };
      });
    },
  };
}

/** @returns {import("vite").Plugin} */
export function twinForVite() {
  return {
    name: "twin",
    enforce: "pre",
    resolveId: (specifier, importer) => (importer === undefined ? undefined : twinOf(specifier, importer)),
  };
}
