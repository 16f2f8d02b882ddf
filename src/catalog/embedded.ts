/** The actions that `actiond build` has put into this executable, which it serves in place of a folder. */

export interface EmbeddedFile {
  /** Where the file was when the executable was built, from the folder that the actions were in. */
  readonly file: string;
  readonly packageName: string;
  readonly load: () => Promise<Record<string, unknown>>;
}

interface Embedded {
  /** A hash of the files. */
  readonly version: string;
  readonly files: readonly EmbeddedFile[];
}

let embedded: Embedded | undefined;

/**
 * From now on, until what it returns is disposed of, these actions are the catalog. The program that `actiond build` writes calls it before anything else.
 *
 * @public
 */
export function embedActions(actions: Embedded): Disposable {
  embedded = actions;
  return {
    [Symbol.dispose]: () => {
      embedded = undefined;
    },
  };
}

/** @returns undefined when the actions are in a folder */
export function findEmbedded(): Embedded | undefined {
  return embedded;
}
