/** Owns a web server for the files of some folders, as anybody's would be, on the loopback interface. Knows no package. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

export interface Site {
  /** Ends without a slash. */
  readonly origin: string;
  close(): Promise<void>;
}

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/**
 * @param folders - by the path they are seen under, as `/app/`; the first that fits counts.
 * @param policies - the Content-Security-Policy of pages and workers, by the query that asks for it.
 * @param isolated - whether pages are isolated from other origins.
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  policies: Readonly<Record<string, string>> = {},
  isolated = false,
): Promise<Site> {
  const server = createServer(async (request, response) => {
    try {
      const { pathname, search } = new URL(request.url ?? "", "http://site");
      const path = normalize(decodeURIComponent(pathname));
      const [seen, folder] = Object.entries(folders).find(([prefix]) => path.startsWith(prefix)) ?? [];
      const type = TYPES[extname(path)];
      if (seen === undefined || folder === undefined || type === undefined) throw new Error("not served");
      const body = await readFile(join(folder, path.slice(seen.length)));
      const policy = policies[search.slice(1)];
      response
        .writeHead(200, {
          "content-type": type,
          ...(policy && { "content-security-policy": policy }),
          ...(isolated && ISOLATION),
        })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
