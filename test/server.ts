/** Starts whole servers for tests: in this process, or the executable in an empty folder far from its sources. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "../src/cli/parse/parse.ts";
import { serveCommand } from "../src/cli/serve.ts";
import { serve } from "../src/serve.ts";
import { type Lines, readLines } from "./lines.ts";
import { silentLog } from "./silent-log.ts";

export const FIXTURES = join(import.meta.dir, "fixtures", "actions");
/** Actions of the same package that say they are isolated. */
export const ISOLATED = join(import.meta.dir, "fixtures", "isolated");
export const EXECUTABLE = join(import.meta.dir, "..", "dist", "actiond");

export interface StartOptions {
  /** More of the command line. */
  readonly options?: readonly string[];
  readonly environment?: Record<string, string>;
  /** A data folder that outlives the server. */
  readonly data?: string;
  readonly actions?: string;
  /** What is started instead of the executable, for what must also hold when it runs from its sources. */
  readonly command?: readonly string[];
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly data: string;
  /** How many processes it is: each has its slots. */
  readonly replicaCount: number;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Runs an action of the fixtures. */
  run(
    action: string,
    input?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** Drains and ends it. */
  stop(): Promise<void>;
}

export interface Start {
  (options?: StartOptions): Promise<TestServer>;
  /** Whether it starts several processes behind a proxy that knows nothing of HTTP. */
  readonly isFleet?: boolean;
}

export function makeTemporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "actiond-test-"));
}

export const startInProcess: Start = async (options = {}) => {
  const { argv, data } = toArguments(options);
  const parsed = parse([serveCommand], argv, options.environment ?? {});
  if ("text" in parsed) throw new Error(parsed.text);
  const server = await serve(parsed.config, silentLog);
  return toTestServer({
    url: server.url ?? "",
    data,
    stop: () => server.stop(),
  });
};

/** The executable as a process: what only a process can do. Disposing of it kills it. */
export interface TestProcess extends TestServer {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Ends it without a warning, as `kill -9` does. */
  kill(): Promise<void>;
  /** Standard error, while it is written. */
  readonly log: Lines;
  /** All of standard output and of standard error, once it has ended. */
  output(): Promise<{ out: string; log: string; exitCode: number }>;
}

export const startExecutable = async (
  options: StartOptions = {},
): Promise<TestProcess> => {
  const { argv, data } = toArguments(options);
  const child = spawnExecutable(argv, options.environment, options.command);
  const log = readLines(child.stderr);
  const { url, out } = readOutput(child.stdout);
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    child.kill(signal);
    await child.exited;
  };
  const kill = () => end("SIGKILL");
  return {
    ...toTestServer({
      url: await url,
      data,
      stop: () => end("SIGTERM"),
      dispose: kill,
    }),
    process: child,
    log,
    kill,
    output: async () => ({
      out: await out,
      log: await log.all,
      exitCode: await child.exited,
    }),
  };
};

/** In an empty folder, with an empty environment. */
export function spawnExecutable(
  argv: readonly string[],
  environment: Record<string, string> = {},
  command: readonly string[] = [EXECUTABLE],
) {
  const cwd = makeTemporaryFolder();
  return Bun.spawn([...command, ...argv], {
    cwd,
    onExit: () => {
      rmSync(cwd, { recursive: true, force: true });
    },
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

function toArguments({
  options = [],
  data = join(makeTemporaryFolder(), "data"),
  actions = FIXTURES,
}: StartOptions) {
  const argv = ["serve", "--port", "0", "--actions", actions, "--data", data];
  return { argv: [...argv, "--durability", "normal", ...options], data };
}

/** @returns the URL as soon as it is said, and all of the output at its end */
function readOutput(stream: ReadableStream<Uint8Array>): {
  url: Promise<string>;
  out: Promise<string>;
} {
  const url = Promise.withResolvers<string>();
  const read = async () => {
    let text = "";
    for await (const chunk of stream) {
      text += Buffer.from(chunk).toString();
      const match = /listening on (\S+)\n/.exec(text);
      if (match?.[1] !== undefined) url.resolve(match[1]);
    }
    url.reject(new Error(`The executable did not start: ${text}`));
    return text;
  };
  return { url: url.promise, out: read() };
}

/** @returns what runs an action of the fixtures by these requests */
export function runWith(request: TestServer["request"]): TestServer["run"] {
  return (action, input, headers = {}) =>
    request(`/api/actions/probe/${action}/run`, {
      method: "POST",
      headers: {
        ...(input === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
}

function toTestServer(running: {
  url: string;
  data: string;
  stop: () => Promise<void>;
  /** Also ends it where it was stopped before. */
  dispose?: () => Promise<void>;
}): TestServer {
  const { url, data } = running;
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= running.stop());
  const request = (path: string, init?: RequestInit) =>
    fetch(`${url}${path}`, { redirect: "manual", ...init });
  return {
    url,
    data,
    replicaCount: 1,
    request,
    run: runWith(request),
    stop,
    async [Symbol.asyncDispose]() {
      await (running.dispose ?? stop)();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
