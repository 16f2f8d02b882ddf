/** Checks access tokens, which are JWTs of one issuer (RFC 9068), and finds out who shows them and what they may do. */
import { errors, type JWTPayload, jwtVerify } from "jose";
import { createHash } from "node:crypto";
import { type AccessTokens, toTokenScope } from "../access/access-tokens.ts";
import { type Caller, SCOPES } from "../access/caller.ts";
import { ServerError } from "../errors.ts";
import type { Log } from "../log.ts";
import { Issuer } from "./issuer.ts";

/** Clocks of servers differ by so much. */
const TOLERANCE_SECONDS = 30;
/** Tokens with groups and claims have some kilobytes. */
const MAX_LENGTH = 16 * 1024;
/** With a secret that both sides know, whoever checks tokens could make them. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** What an access token is called in its header, by issuers that follow RFC 9068 and by those that do not. */
const TYPES = new Set(["at+jwt", "application/at+jwt", "jwt"]);
/** The log says no more often than this that the issuer cannot be reached. */
const SILENCE_MS = 60_000;
const RETRY_SECONDS = 5;
const MAX_NAME_LENGTH = 64;

export interface TokenCheckerParts {
  /** As it calls itself, to the letter. */
  readonly issuer: string;
  /** A token must be for one of them. */
  readonly audiences: readonly string[];
  /** The claim that names the packages of a caller; undefined: all packages. */
  readonly packagesClaim: string | undefined;
  readonly log: Log;
}

export class TokenChecker implements AccessTokens {
  readonly #parts: TokenCheckerParts;
  readonly #issuer: Issuer;
  #warnedAt = -Infinity;

  constructor(parts: TokenCheckerParts) {
    this.#parts = parts;
    this.#issuer = new Issuer(parts.issuer);
  }

  /** Reads the keys of the issuer, before somebody waits for them. It never throws. */
  async prepare(): Promise<void> {
    try {
      await this.#issuer.keys();
    } catch (error) {
      this.#warn(error);
    }
  }

  async identify(token: string): Promise<Caller> {
    if (token.length > MAX_LENGTH)
      throw refusal(`it is longer than ${MAX_LENGTH} characters`);
    let claims: JWTPayload;
    try {
      const { issuer, audiences } = this.#parts;
      const verified = await jwtVerify(token, this.#issuer.keyOf, {
        issuer,
        audience: [...audiences],
        algorithms: ALGORITHMS,
        requiredClaims: ["exp", "sub"],
        clockTolerance: TOLERANCE_SECONDS,
      });
      checkType(verified.protectedHeader.typ);
      claims = verified.payload;
    } catch (error) {
      throw this.#toRefusal(error);
    }
    // It only counts together with a proof, which is not asked for here (RFC 9449, RFC 8705).
    if (claims["cnf"] !== undefined)
      throw refusal("it is bound to a key of its client");
    return this.#toCaller(claims);
  }

  #toCaller(claims: JWTPayload): Caller {
    const { issuer, packagesClaim } = this.#parts;
    const subject = claims.sub ?? "";
    const granted = new Set([
      ...toWords(claims["scope"]),
      ...toWords(claims["scp"]),
    ]);
    return {
      // Another issuer may have another caller of this name. The id goes into every list of runs, so it is short.
      keyId: `oauth_${hash(`${issuer}\n${subject}`).slice(0, 32)}`,
      name: subject.slice(0, MAX_NAME_LENGTH),
      scopes: SCOPES.filter((scope) => granted.has(toTokenScope(scope))),
      packages:
        packagesClaim === undefined ? null : toPackages(claims[packagesClaim]),
    };
  }

  #toRefusal(error: unknown): unknown {
    if (error instanceof ServerError) return error;
    if (error instanceof errors.JWTExpired) return refusal("it has expired");
    if (error instanceof errors.JWTClaimValidationFailed)
      return refusal(`its claim ${JSON.stringify(error.claim)} is wrong`);
    if (error instanceof errors.JOSEAlgNotAllowed)
      return refusal("it is signed in a way that is not accepted");
    if (isAboutToken(error)) return refusal("it is not signed by the issuer");
    this.#warn(error);
    return new ServerError(
      "issuer_unavailable",
      "The issuer of access tokens cannot be reached, so this token cannot be checked.",
      { cause: error, retryAfterSeconds: RETRY_SECONDS },
    );
  }

  #warn(error: unknown): void {
    const now = performance.now();
    if (now - this.#warnedAt < SILENCE_MS) return;
    this.#warnedAt = now;
    const { log, issuer } = this.#parts;
    log.warn(
      "The issuer of access tokens cannot be reached. Requests with tokens get 503 until it can; API keys are accepted as before.",
      { issuer, reason: error instanceof Error ? error.message : error },
    );
  }
}

/** Whether it says something of the token, and not of the issuer's keys. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JWSSignatureVerificationFailed
  );
}

/** @throws {ServerError} it is a token for something else, such as a proof */
function checkType(type: string | undefined): void {
  if (type === undefined || TYPES.has(type.toLowerCase())) return;
  throw refusal("it is not an access token");
}

/** A list, or words with spaces between them. */
function toWords(claim: unknown): string[] {
  const words = typeof claim === "string" ? claim.split(" ") : claim;
  return Array.isArray(words)
    ? words.filter((word) => typeof word === "string")
    : [];
}

/** Who has no such claim has no package; `*` is all of them. */
function toPackages(claim: unknown): readonly string[] | null {
  const names = toWords(claim);
  return names.includes("*") ? null : names;
}

function refusal(reason: string): ServerError {
  return new ServerError(
    "unauthorized",
    `This access token is not accepted: ${reason}.`,
  );
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
