/** The links of the papers that are packed: each leads to a file of the same tarball, and to a heading that is there. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./node-child.ts";
import { packed } from "./packed.ts";

interface Link {
  readonly path: string;
  readonly heading?: string | undefined;
}

/** A link to elsewhere is not checked. */
function linksOf(text: string): Link[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((found) => found[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", heading] = target.split("#");
      return { path, heading };
    });
}

/** As Markdown is shown: a heading is called by its words in small letters. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((found) =>
    (found[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(["", "bench"])("in the package of ./%s", (folder) => {
  const { paths } = packed(folder);
  const papers = paths.filter((path) => path.endsWith(".md"));
  const textOf = (path: string) => readFileSync(join(ROOT, folder, path), "utf8");

  test("there are papers", () => {
    expect(papers).toEqual(
      expect.arrayContaining(folder === "" ? ["README.md", "docs/hosts.md"] : ["README.md"]),
    );
  });

  test.each(papers)("the links of %s lead to what is there", (paper) => {
    const dead = linksOf(textOf(paper)).filter(({ path, heading }) => {
      const target = path === "" ? paper : posix.join(posix.dirname(paper), path);
      if (!paths.includes(target)) return true;
      return heading !== undefined && !headingsOf(textOf(target)).includes(heading);
    });
    expect(dead).toEqual([]);
  });
});

test("linksOf and headingsOf read Markdown as it is written", () => {
  expect(linksOf("[a](b.md#c-d), [e](https://f), [g](#h)\n```sh\n[i](j)\n```\n![k](l.png)")).toEqual([
    { path: "b.md", heading: "c-d" },
    { path: "", heading: "h" },
    { path: "l.png", heading: undefined },
  ]);
  expect(headingsOf("# The `core`, and more\ntext\n## What works where")).toEqual([
    ...["the-core-and-more", "what-works-where"],
  ]);
});
