/** Request lines: methods, forms of a target, paths and queries as strangers, scanners and broken clients write them. */
import { between, pick, type Random } from "../chaos/random.ts";
import { words } from "./words.ts";

const METHODS = [
  ...words(`
    GET GET GET POST POST DELETE HEAD PUT PATCH OPTIONS TRACE CONNECT
    PROPFIND QUERY PRI get Post GÉT {} -
  `),
  "",
  " ",
  "G T",
  "GET\t",
  "\0",
  "X".repeat(5000),
];
const VERSIONS = [
  ...words(`
    HTTP/1.1 HTTP/1.1 HTTP/1.1 HTTP/1.1 HTTP/1.0 HTTP/0.9 HTTP/2.0 HTTP/9.9
    http/1.1 HTTP/ FTP/1.1
  `),
  "HTTP/1.1 ",
  "",
];
const ID = "01a20d0d-02bd-74ef-859f-82a1e20ed589";
const PATHS = [
  ...words("/ /docs /openapi.json /health/live /health/ready"),
  "/api/actions",
  "/api/runs",
  "/api/callbacks",
  "/api/callbacks/redeliver",
  ...words(`
    /api/runs/x /api/runs/run-id-from-request-id/x
    /api/actions/probe/noop/run /api/actions/probe/echo/run
    /api/actions/__proto__/constructor/run
  `),
  `/api/runs/${ID}`,
  `/api/runs/${ID}/fields`,
  `/api/runs/${ID}/result`,
  `/api/runs/${ID}/cancel`,
  `/api/runs/${ID}/callback`,
  `/api/runs/${ID}/callback/redeliver`,
  `/api/runs/${ID}/artifacts/a`,
];
/** Parts of paths and values of parameters. */
const WORDS = [
  ...words(`
    %2e%2e %2f %5c %00 % %f %zz %ff %c0%af %25 .. . // ; : @ ~ | é \`
    <script> \${x} {{x}} __proto__ constructor -1 0 1e3 NaN Infinity 0x10
    1.5 %F0%9F%98%80 %ed%a0%80 %e0%a4%a null []
  `),
  "\\",
  "\u00ff",
  "'",
  "' OR 1=1 --",
  "9".repeat(400),
  "",
  "a".repeat(3000),
];
const PARAMETERS = [
  ...words(`
    limit before status package action request_id wait fields state host
    fields[] a[b][c] __proto__ %
  `),
  "",
];

export function oddTarget(random: Random): string {
  const method = pick(random, METHODS);
  const version = pick(random, VERSIONS);
  const host = pick(random, [...HOSTS, ...ODD_HOSTS]);
  return `${method} ${target(random)} ${version}\r\n${host}\r\n\r\n`;
}

// Each more often than all odd ones together, which nothing gets past.
const HOSTS = ["host: localhost", "host: 127.0.0.1"].flatMap((host) =>
  Array.from({ length: 12 }, () => host),
);
const ODD_HOSTS = [
  "host:",
  "",
  "host: ",
  "host: a\r\nhost: b",
  "host: localhost:99999",
  "host: é",
  "host: [::1",
  "host: a/b",
  "host: x@y",
  "host: %41",
  "host: *",
  "host: evil.test",
];

function target(random: Random): string {
  const path = oddPath(random);
  switch (between(random, 0, 9)) {
    case 0:
      return pick(random, ["*", "", "?", "#", "//", "localhost:80", "x", "\\"]);
    case 1:
      return `${pick(random, ["http:", "https:", "ftp:", "file:", "HTTP:", "h"])}//${pick(random, ["evil.test", "localhost", "", "[", "a:b@c"])}${path}`;
    default:
      return `${path}${query(random)}`;
  }
}

function oddPath(random: Random): string {
  const path = pick(random, PATHS);
  if (random() < 0.5) return path;
  const parts = path.split("/");
  parts[between(random, 0, parts.length - 1)] = pick(random, WORDS);
  return random() < 0.05
    ? "/a".repeat(between(random, 1, 6000))
    : parts.join("/");
}

/** Now and then thousands of parameters. */
function query(random: Random): string {
  if (random() < 0.3) return "";
  const count = random() < 0.05 ? 2000 : between(random, 1, 5);
  const parts = Array.from(
    { length: count },
    () =>
      `${pick(random, PARAMETERS)}${pick(random, ["=", "=", "=", "", "=="])}${count > 5 ? "1" : pick(random, WORDS)}`,
  );
  return `?${parts.join(pick(random, ["&", "&", ";", "&&", "?"]))}`;
}
