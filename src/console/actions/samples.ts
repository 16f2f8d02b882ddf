/** The same call in other languages. */

export const LANGUAGES = ["curl", "TypeScript", "Python"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Call {
  /** `https://host/api/actions/package/action/run` */
  readonly url: string;
  readonly input: unknown;
  /** Besides the content type and the key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly needsKey: boolean;
}

export function toSample(language: Language, call: Call): string {
  return SAMPLES[language](call);
}

const SAMPLES: Readonly<Record<Language, (call: Call) => string>> = {
  curl: toCurl,
  TypeScript: toTypeScript,
  Python: toPython,
};

function toCurl({ url, input, headers, needsKey }: Call): string {
  const lines = [
    `curl ${url}`,
    "-H 'content-type: application/json'",
    ...(needsKey ? ['-H "authorization: Bearer $ACTIOND_API_KEY"'] : []),
    ...Object.entries(headers).map(
      ([name, value]) => `-H ${quoteForShell(`${name}: ${value}`)}`,
    ),
    `-d ${quoteForShell(JSON.stringify(input))}`,
  ];
  return lines.join(" \\\n  ");
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function toTypeScript({ url, input, headers, needsKey }: Call): string {
  const members = [
    '    "content-type": "application/json",',
    ...(needsKey
      ? ["    authorization: `Bearer ${process.env.ACTIOND_API_KEY}`,"]
      : []),
    ...Object.entries(headers).map(
      ([name, value]) =>
        `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
    ),
  ];
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: {
${members.join("\n")}
  },
  body: JSON.stringify(${indent(JSON.stringify(input, null, 2), 2)}),
});
console.log(response.status, await response.json());`;
}

function toPython({ url, input, headers, needsKey }: Call): string {
  const members = [
    ...(needsKey
      ? [
          '        "authorization": f"Bearer {os.environ[\'ACTIOND_API_KEY\']}",',
        ]
      : []),
    ...Object.entries(headers).map(
      ([name, value]) =>
        `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
    ),
  ];
  const sent =
    members.length === 0
      ? ""
      : `\n    headers={\n${members.join("\n")}\n    },`;
  return `${needsKey ? "import os\n\n" : ""}import requests

response = requests.post(
    ${JSON.stringify(url)},${sent}
    json=${indent(toPythonValue(input, 0), 4)},
)
print(response.status_code, response.json())`;
}

function toPythonValue(value: unknown, depth: number): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const pad = "    ".repeat(depth + 1);
  const end = "    ".repeat(depth);
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((item) => toPythonValue(item, depth + 1))
    : Object.entries(value).map(
        ([name, member]) =>
          `${JSON.stringify(name)}: ${toPythonValue(member, depth + 1)}`,
      );
  const [open, close] = isList ? "[]" : "{}";
  if (parts.length === 0) return `${open}${close}`;
  return `${open}\n${parts.map((part) => `${pad}${part},\n`).join("")}${end}${close}`;
}

function indent(text: string, spaces: number): string {
  return text.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}
