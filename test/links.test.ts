/** The links of the documentation and the paths it names: each leads to a file of the repository, or to a heading. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dir, "..");
const pages = [ROOT, join(ROOT, "docs")].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);
/** In code, from the top of the repository; names in capitals stand for others. */
const PATH = /`((?:src|test|docs|deploy)\/(?![^`]*[A-Z])[\w./-]*)`/g;
const LINK = /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g;

test.each(pages.map((page) => relative(ROOT, page)))(
  "every link in %s leads to something in the repository",
  (name) => {
    const page = join(ROOT, name);
    const dead = [...readFileSync(page, "utf8").matchAll(LINK)].filter(
      ([, path = "", anchor]) => {
        const target = path === "" ? page : join(dirname(page), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !toAnchors(target).includes(anchor);
      },
    );
    expect(dead.map(([link]) => link)).toEqual([]);
  },
);

test.each(pages.map((page) => relative(ROOT, page)))(
  "every path of the sources that %s names exists",
  (name) => {
    const text = readFileSync(join(ROOT, name), "utf8");
    const paths = [...text.matchAll(PATH)].map(([, path = ""]) => path);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  },
);

/** As GitHub makes them of headings: https://docs.github.com/get-started/writing-on-github */
function toAnchors(page: string): string[] {
  return [...readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm)].map(
    ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\d -]/gu, "")
        .replaceAll(" ", "-"),
  );
}
