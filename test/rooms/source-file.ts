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
  const { program, errors, module } = parseSync(path, text, {
    preserveParens: false,
  });
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const imports = new Set<string>();
  const globals = new Set<Global>();
  const importFrom = (source: ESTree.Node | null) => {
    if (source?.type === "Literal" && typeof source.value === "string")
      imports.add(source.value);
  };
  const take = (owner: string | undefined, name: string | undefined) => {
    const global = globalBehind(owner, name);
    if (global !== undefined) globals.add(global);
  };
  /** A global may be called, handed over, or given another name. */
  const takeValue = (node: ESTree.Node | null) => {
    const name = node === null ? undefined : nameOf(node);
    if (name === "console") globals.add("console");
    else take("globalThis", name);
  };
  new Visitor({
    ImportDeclaration({ source, specifiers }) {
      importFrom(source);
      if (source.value !== "bun") return;
      for (const specifier of specifiers)
        if (specifier.type === "ImportSpecifier")
          take("Bun", nameOf(specifier.imported));
    },
    ExportNamedDeclaration: (node) => importFrom(node.source),
    ExportAllDeclaration: (node) => importFrom(node.source),
    ImportExpression: (node) => importFrom(node.source),
    TSImportType: (node) => importFrom(node.source),
    TSExternalModuleReference: (node) => importFrom(node.expression),
    CallExpression({ callee, arguments: values }) {
      if (nameOf(callee) === "require") importFrom(values[0] ?? null);
      for (const value of [callee, ...values]) takeValue(value);
    },
    NewExpression: (node) => node.arguments.forEach(takeValue),
    MemberExpression: (node) => take(ownerOf(node.object), propertyOf(node)),
    VariableDeclarator({ id, init }) {
      takeValue(init);
      if (id.type !== "ObjectPattern" || init === null) return;
      for (const property of id.properties)
        // The rest holds the environment too, unless it was taken by name.
        take(
          ownerOf(init),
          property.type === "RestElement" ? "env" : nameOf(property.key),
        );
    },
  }).visit(program);
  // The parser answers the module of an exported import too, so `import { a } …; export { a }` is seen.
  const isReExporting = module.staticExports.some(({ entries }) =>
    entries.some(({ moduleRequest }) => moduleRequest !== null),
  );
  return { path, imports: [...imports], globals, isReExporting };
}

/** What is touched by who takes `name` from `owner`. */
function globalBehind(
  owner: string | undefined,
  name: string | undefined,
): Global | undefined {
  if (owner === "console") return "console";
  if (name === "fetch" && (owner === "globalThis" || owner === "Bun"))
    return "fetch";
  const isArgvOrEnv = name === "argv" || name === "env";
  const hasArgvAndEnv = ["process", "Bun", "import.meta"].includes(owner ?? "");
  return isArgvOrEnv && hasArgvAndEnv ? "argv and env" : undefined;
}

/** `process`, also where it is written `globalThis.process`. */
function ownerOf(node: ESTree.Node): string | undefined {
  if (node.type === "MetaProperty") return "import.meta";
  if (node.type !== "MemberExpression") return nameOf(node);
  return nameOf(node.object) === "globalThis" ? propertyOf(node) : undefined;
}

function nameOf(node: ESTree.Node): string | undefined {
  return node.type === "Identifier" ? node.name : undefined;
}

function propertyOf(node: ESTree.MemberExpression): string | undefined {
  if (!node.computed) return nameOf(node.property);
  if (node.property.type !== "Literal") return undefined;
  return String(node.property.value);
}
