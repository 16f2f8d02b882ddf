/** The challenge of a server that accepts API keys alone; `test/oauth` has that of one that accepts tokens. */
import { expect, test } from "bun:test";
import { toChallenge } from "../../../src/http/gate/challenge.ts";

test.each<[Record<string, string>, string]>([
  [{}, 'Bearer realm="actiond"'],
  [{ authorization: "Basic b25l" }, 'Bearer realm="actiond"'],
  [
    { authorization: "Bearer x" },
    'Bearer realm="actiond", error="invalid_token"',
  ],
  [{ "x-api-key": "x" }, 'Bearer realm="actiond", error="invalid_token"'],
])(
  "the headers %j are answered with the challenge %j",
  (headers, challenge) => {
    const request = new Request("http://localhost/", { headers });
    expect(toChallenge(request, undefined)).toBe(challenge);
  },
);
