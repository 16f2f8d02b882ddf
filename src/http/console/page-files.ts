/** The files of the console's page: embedded in the executable, or bundled when it is first asked for from sources. */
import { basename } from "node:path";
import { type StaticFile, toStaticFile } from "../caching/static-file.ts";

/** What `import page from "./page.html"` gives: https://bun.com/docs/bundler/fullstack */
export interface PageBundle {
  /** Path of the page; in the executable a name only. */
  readonly index: string;
  /** Set in the executable; undefined when the server runs from its sources. */
  readonly files?: readonly { readonly path: string }[];
}

/** By name; the page itself is `page.html`. */
export type PageFiles = ReadonlyMap<string, StaticFile>;

export const PAGE_NAME = "page.html";
/** Where the files are that the page names. */
export const FILES_PATH = "/console/";

/** @throws when the page cannot be bundled */
export async function loadPage(bundle: PageBundle): Promise<PageFiles> {
  const files =
    bundle.files === undefined
      ? await build(bundle.index)
      : bundle.files.map(
          ({ path }) => [basename(path), Bun.file(path)] as const,
        );
  const loaded = await Promise.all(
    files.map(async ([name, blob]) => {
      const isPage = name.endsWith(".html");
      const content = isPage
        ? new TextEncoder().encode(movePaths(await blob.text()))
        : new Uint8Array(await blob.arrayBuffer());
      return [
        isPage ? PAGE_NAME : name,
        toStaticFile(content, blob.type),
      ] as const;
    }),
  );
  return new Map(loaded);
}

async function build(path: string) {
  const { outputs } = await Bun.build({ entrypoints: [path], publicPath: "/" });
  return outputs.map((output) => [basename(output.path), output] as const);
}

/**
 * In the executable the page names its files at the root, whatever is said when it is built:
 * https://github.com/oven-sh/bun/issues/39179
 */
function movePaths(html: string): string {
  return html.replaceAll(/(?<=(?:src|href)=")\/(?=[\w.-]+")/g, FILES_PATH);
}
