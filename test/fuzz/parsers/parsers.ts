/** The parsers that strangers and operators reach with texts, with texts that each of them understands. */
import { isToken } from "../../../src/access/token.ts";
import { createAllowList } from "../../../src/callback/reach/allow-list.ts";
import {
  reachOf,
  toAddress,
  toNetwork,
} from "../../../src/callback/reach/ip-reach.ts";
import {
  toCandidates,
  toHosts,
  toSearch,
} from "../../../src/callback/reach/name-files.ts";
import { toNextState } from "../../../src/callback/schedule.ts";
import {
  toCountLimit,
  toList,
  toPath,
  toTimeLimit,
} from "../../../src/cli/options/values.ts";
import { OperatorError, ServerError } from "../../../src/errors.ts";
import { toRunHeaders } from "../../../src/http/actions/headers.ts";
import { parsePrefer } from "../../../src/http/actions/prefer.ts";
import { readKey } from "../../../src/http/gate/credentials.ts";
import { Hosts, refuseInvalidHost } from "../../../src/http/gate/host.ts";
import { toInteger, toWaitMs } from "../../../src/http/query.ts";
import { scan } from "../../../src/run/input/scan.ts";
import {
  toByteCount,
  toDuration,
  toSeconds,
  UnitError,
} from "../../../src/units.ts";

export interface Parser {
  readonly name: string;
  readonly parse: (text: string) => unknown;
  readonly samples: readonly string[];
  /** Where it is, below `src`. */
  readonly file: string;
}

/** What a parser may throw: anything else is a fault. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ServerError ||
    error instanceof OperatorError ||
    error instanceof UnitError
  );
}

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "x-actions-async-timeout": ["0", ".5", "5.", "1e3", "-1", "inf"],
  "x-actions-async-callback": ["https://a.test:8443/x?y#z", "ftp://a", "//a"],
  "x-actions-request-id": ["id-1", "é", "x".repeat(256)],
  "x-actions-run-timeout": ["30", "0", "1e9"],
  "x-actions-start-timeout": ["0.1", "nan"],
  "x-actions-on-disconnect": ["cancel", "continue", "CANCEL"],
  "idempotency-key": ['"quoted \\" one"', "bare", '"open', "8e03978e-40d5"],
  prefer: ["respond-async, wait=10", 'wait="5"; a=b', "wait=1, wait=2"],
  traceparent: [
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "ff-00-00-00",
  ],
  tracestate: ["a=1,b=2", ""],
  "x-action-unknown": ["1"],
};

const JSON_TEXTS = [
  '{"a":[1,-2.5e3,null,true,"x\\u00e9\\n"],"b":{"c":{}}}',
  "[[[[[[1]]]]]]",
  '{"a" : "b" , "a": "\\"\\\\" }',
  `{"${"n".repeat(1900)}":1}`,
  `[${"1,".repeat(30)}1]`,
  '"',
];

const bytes = (text: string) => new TextEncoder().encode(text);

export const PARSERS: readonly Parser[] = [
  ...Object.entries(HEADERS).map(([header, samples]) => ({
    name: header,
    samples,
    file: "http/actions/headers.ts",
    parse: (text: string) =>
      toRunHeaders(
        {
          get: (asked) => (asked === header ? text : null),
          keys: () => [header],
        },
        { maxWaitMs: 3_600_000 },
      ),
  })),
  {
    name: "Prefer",
    samples: HEADERS["prefer"] ?? [],
    file: "http/actions/prefer.ts",
    parse: parsePrefer,
  },
  {
    name: "Authorization",
    samples: ["Bearer abc", "bearer  x y", "Basic YTpi", "Bearerabc"],
    file: "http/gate/credentials.ts",
    parse: (text) => [
      isToken(text),
      outcomeOf(() => readKey(asHeaders({ authorization: text }))),
      outcomeOf(() =>
        readKey(asHeaders({ authorization: text, "x-api-key": "abc" })),
      ),
    ],
  },
  {
    name: "Host",
    samples: ["a.test:80", "[::1]:8080", "127.0.0.1", "a, b", "u:p@x", "a.:1"],
    file: "http/gate/host.ts",
    parse: (text) => {
      const request = { headers: asHeaders({ host: text }) } as Request;
      return [
        outcomeOf(() => {
          HOSTS.check(request);
        }),
        outcomeOf(() => {
          refuseInvalidHost(request);
        }),
      ];
    },
  },
  {
    name: "numbers of a query",
    samples: ["10", "-1", "1e3", "0.5", "999999999999999999999"],
    file: "http/query.ts",
    parse: (text) => [
      outcomeOf(() => toInteger("limit", text, { min: 1, max: 1000 })),
      outcomeOf(() => toWaitMs(text, 1000)),
    ],
  },
  {
    name: "Retry-After",
    samples: ["120", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "0"],
    file: "callback/schedule.ts",
    parse: (text) =>
      [200, 410, 503, null].map((httpStatus) =>
        toNextState(
          { attemptCount: text.length % 2 },
          { httpStatus, retryAfter: text },
          { now: 0, random: () => 0.5, retryMs: [1000] },
        ),
      ),
  },
  {
    name: "the allow list",
    samples: [
      "*.a.test",
      "10.0.0.0/8",
      "[::1]:80",
      "a:8443",
      "::/0",
      "*",
      "10",
    ],
    file: "callback/reach/allow-list.ts",
    parse: (text) => {
      const list = createAllowList([text]);
      const address = toAddress("10.1.2.3");
      return [
        list.hasName("b.a.test", 80),
        list.hasPort("a", 8443),
        list.hasAddress(address, 80),
      ];
    },
  },
  {
    name: "networks",
    samples: [
      "192.168.0.0/16",
      "fe80::/10",
      "1.2.3.4",
      "::ffff:1.2.3.4/100",
      "64:ff9b::a00:1",
      "4000::1",
      "169.254.169.254",
    ],
    file: "callback/reach/ip-reach.ts",
    parse: (text) => {
      const network = toNetwork(text);
      return network === undefined ? undefined : reachOf(network[0]);
    },
  },
  {
    name: "files of names",
    samples: [
      "127.0.0.1 localhost a # no\n::1 a\n",
      "search a.test b.test\noptions ndots:2 x\ndomain c\n",
    ],
    file: "callback/reach/name-files.ts",
    parse: (text) => [
      toHosts(text).size,
      toCandidates("a.b", toSearch(text)).length,
    ],
  },
  {
    name: "JSON before it is parsed",
    samples: JSON_TEXTS,
    file: "run/input/scan.ts",
    parse: (text) => {
      scan(bytes(text), { maxInputDepth: 5, maxInputValues: 12 });
    },
  },
  {
    name: "values of options",
    samples: ["10s", "250ms", "2h", "30d", "none", "all", "5", "10MB", "1.5GB"],
    file: "units.ts",
    parse: (text) =>
      [
        toDuration,
        toByteCount,
        toTimeLimit,
        toCountLimit("all", 100),
        (given: string) => toSeconds(given, 1e9),
      ].map((parse) => outcomeOf(() => parse(text))),
  },
  {
    name: "lists and paths of options",
    samples: ["a, b c", " ", "./x", "/y"],
    file: "cli/options/values.ts",
    parse: (text) => [
      outcomeOf(() => toList(text).length),
      outcomeOf(() => typeof toPath(text)),
      outcomeOf(() => typeof toTimeLimit(text)),
    ],
  },
];

const HOSTS = new Hosts("127.0.0.1", ["a.test"]);

/** `Headers` itself refuses some texts, which Bun may still hand over. */
function asHeaders(values: Readonly<Record<string, string>>): Headers {
  return {
    get: (name: string) => values[name] ?? null,
  } as unknown as Headers;
}

/** For a parser that is several. */
function outcomeOf(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return (error as Error).message;
  }
}
