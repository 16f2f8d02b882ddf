/** What a source file imports and touches, read from its syntax tree: type-only imports count, comments and strings do not. */
import type * as ESTree from "oxc-parser";
import { parseSync, Visitor } from "oxc-parser";

/** Globals that only one file or room may touch. */
export type Global = "fetch" | "console" | "argv and env";

export interface SourceFile {
  readonly path: string;
  /** Specifiers as written, of every kind of import. Computed ones cannot be known. */
  readonly imports: readonly string[];
  readonly globals: ReadonlySet<Global>;
  readonly isReExporting: boolean;
}

/** @throws when the text is no TypeScript */
export function parseSourceFile(path: string, text: string): SourceFile {
  const { program, errors, module } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const imports = new Set<string>();
  const globals = new Set<Global>();
  const importFrom = (source: ESTree.Node | null) => {
    if (source?.type === "Literal" && typeof source.value === "string")
      imports.add(source.value);
  };
  new Visitor({
    ImportDeclaration(node) {
      importFrom(node.source);
      if (node.source.value === "bun" && node.specifiers.some(isArgvOrEnv))
        globals.add("argv and env");
    },
    ExportNamedDeclaration: (node) => importFrom(node.source),
    ExportAllDeclaration: (node) => importFrom(node.source),
    ImportExpression: (node) => importFrom(node.source),
    TSImportType: (node) => importFrom(node.source),
    TSExternalModuleReference: (node) => importFrom(node.expression),
    CallExpression({ callee, arguments: [first] }) {
      if (isNamed(callee, ["require"])) importFrom(first ?? null);
      if (isNamed(callee, ["fetch"])) globals.add("fetch");
    },
    MemberExpression(node) {
      const name = propertyName(node);
      if (isNamed(node.object, ["console"])) globals.add("console");
      if (isNamed(node.object, ["globalThis", "Bun"]) && name === "fetch")
        globals.add("fetch");
      if (isProcess(node.object) && (name === "argv" || name === "env"))
        globals.add("argv and env");
    },
    VariableDeclarator({ id, init }) {
      if (id.type !== "ObjectPattern" || !init || !isProcess(init)) return;
      const isTaken = id.properties.some(
        (property) =>
          property.type === "RestElement" ||
          isNamed(property.key, ["argv", "env"]),
      );
      if (isTaken) globals.add("argv and env");
    },
  }).visit(program);
  // The parser answers the module of an exported import too, so `import { a } …; export { a }` is seen.
  const isReExporting = module.staticExports.some(({ entries }) =>
    entries.some(({ moduleRequest }) => moduleRequest !== null),
  );
  return { path, imports: [...imports], globals, isReExporting };
}

function isArgvOrEnv(
  specifier: ESTree.ImportDeclaration["specifiers"][number],
): boolean {
  return (
    specifier.type === "ImportSpecifier" &&
    isNamed(specifier.imported, ["argv", "env"])
  );
}

/** `process`, `Bun` and `import.meta` all answer the command line or the environment. */
function isProcess(node: ESTree.Node): boolean {
  return node.type === "MetaProperty" || isNamed(node, ["process", "Bun"]);
}

function isNamed(node: ESTree.Node, names: readonly string[]): boolean {
  return node.type === "Identifier" && names.includes(node.name);
}

function propertyName(node: ESTree.MemberExpression): string | undefined {
  if (node.property.type === "Identifier" && !node.computed)
    return node.property.name;
  if (node.property.type !== "Literal") return undefined;
  return String(node.property.value);
}
