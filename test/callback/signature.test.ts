import { expect, test } from "bun:test";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { toBody } from "../../src/callback/body.ts";
import { createSign } from "../../src/callback/signature.ts";
import { UsageError } from "../../src/errors.ts";

const secrets = ["a", "b"].map(
  (letter) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`,
);

test("a stock verifier accepts the signature, with any one of the secrets", async () => {
  const body = '{"a":1}';
  const headers = await createSign(secrets)("run-1", new Date(), toBody(body));
  expect(headers["webhook-id"]).toBe("run-1");
  expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  for (const secret of secrets)
    expect(new Webhook(secret).verify(body, headers)).toEqual({ a: 1 });
});

test("a stock verifier refuses another body, another id and another secret", async () => {
  const headers = await createSign(secrets)("run-1", new Date(), toBody("1"));
  const other = `whsec_${Buffer.from("c".repeat(32)).toString("base64")}`;
  const [secret = ""] = secrets;
  expect(() => new Webhook(secret).verify("2", headers)).toThrow();
  expect(() =>
    new Webhook(secret).verify("1", { ...headers, "webhook-id": "run-2" }),
  ).toThrow();
  expect(() => new Webhook(other).verify("1", headers)).toThrow();
});

test.each([24, 25, 26, 32, 64])(
  "a secret of %d bytes is accepted",
  async (count) => {
    const secret = `whsec_${Buffer.alloc(count, 1).toString("base64")}`;
    const headers = await createSign([secret])(
      "run-1",
      new Date(),
      toBody("1"),
    );
    expect(new Webhook(secret).verify("1", headers)).toBe(1);
  },
);

test("a body of any length is signed just as the library signs it", async () => {
  const sign = createSign(secrets);
  const at = new Date(1_700_000_000_000);
  // 1 MiB in UTF-8 is one piece.
  for (const length of [0, 524_287, 524_288, 1_000_000]) {
    const body = JSON.stringify("ü".repeat(length));
    const signed = sign("run-1", at, toBody(body));
    const { "webhook-signature": signatures } = await signed;
    expect(signatures?.split(" ")).toEqual(
      secrets.map((secret) => new Webhook(secret).sign("run-1", at, body)),
    );
  }
});

test("a callback has no signature when there is no secret", async () => {
  expect(await createSign([])("run-1", new Date(5000), toBody("1"))).toEqual({
    "webhook-id": "run-1",
    "webhook-timestamp": "5",
  });
});

test.each([
  "",
  "whsec_",
  "whsec_c2hvcnQ=",
  `whsec_${Buffer.alloc(23).toString("base64")}`,
  // Without its padding.
  `whsec_${Buffer.alloc(25).toString("base64").replaceAll("=", "")}`,
  `whsec_${Buffer.alloc(65).toString("base64")}`,
  Buffer.alloc(32).toString("base64"),
  "whsec_not base64 but long enough to be one",
])("%p is refused as a secret and is not quoted", (secret) => {
  try {
    createSign([secrets[0] ?? "", secret]);
    throw new Error("It was accepted.");
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toStartWith("Callback secret 2 must be");
    if (secret !== "")
      expect((error as Error).message).not.toContain(secret.slice(6) || "§");
  }
});

test("any text is either a secret or refused without being quoted", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .base64String({ minLength: 8, maxLength: 100 })
      .map((key) => `whsec_${key}`),
    fc
      .uint8Array({ minLength: 20, maxLength: 70 })
      .map((key) => `whsec_${Buffer.from(key).toString("base64")}`),
  );
  fc.assert(
    fc.property(text, (secret) => {
      const key = Buffer.from(secret.replace("whsec_", ""), "base64");
      const isRight =
        secret === `whsec_${key.toString("base64")}` &&
        key.length >= 24 &&
        key.length <= 64;
      try {
        createSign([secret]);
        expect(isRight).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect(isRight).toBe(false);
        if (key.length > 8)
          expect((error as Error).message).not.toContain(secret.slice(6));
      }
    }),
    { numRuns: 300 },
  );
});
