/** Callbacks that hold what others need: places, memory, and name servers. */
import { createServer, type Server } from "node:net";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Attack } from "../besiege.ts";
import type { Castle } from "../castle.ts";
import { startReceiver } from "../../callback/receiver.ts";
import { DETACHED, flood, post } from "../send.ts";
import { startNameServer } from "../../name-server.ts";

const ALLOW = ["--callback-allow", "127.0.0.0/8"];
/** How long a callback of another key may take to arrive. */
const MAX_CALLBACK_MS = 5000;

/** Accepts connections on all addresses of this machine, and never says anything. */
async function startHanging(): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pause();
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  return server;
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  if (typeof address !== "object" || address === null)
    throw new Error("It does not listen.");
  return address.port;
}

/** @returns how long it took until another key was called back; Infinity for too long */
async function callBackAlice(
  { server, headers }: Castle,
  url: (port: number) => string,
): Promise<number> {
  await using receiver = startReceiver(() => new Response());
  const startedAt = performance.now();
  const reply = await server.request("/api/actions/castle/greet/run", {
    method: "POST",
    headers: {
      ...headers("alice"),
      ...DETACHED,
      "x-actions-async-callback": url(receiver.port),
    },
    body: '{"name":"Alice"}',
  });
  await reply.arrayBuffer();
  await Promise.race([receiver.arrived(1), Bun.sleep(MAX_CALLBACK_MS)]);
  return receiver.received.length === 1
    ? performance.now() - startedAt
    : Infinity;
}

function findDelay(ms: number): string[] {
  return ms <= MAX_CALLBACK_MS
    ? []
    : ["The callback of another key did not arrive in time."];
}

const NAME_SERVER = "127.53.0.7";
/** Only root may give a process a file of its own in place of the system's. */
const canMount =
  Bun.spawnSync(["unshare", "--mount", "true"]).exitCode === 0 &&
  process.getuid?.() === 0;

function withNameServer(): string[] {
  const file = join(mkdtempSync(join(tmpdir(), "actiond-siege-")), "resolv");
  writeFileSync(file, `nameserver ${NAME_SERVER}\n`);
  const mount = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", mount, file];
}

export const CALLBACK_ATTACKS: readonly Attack[] = [
  {
    title: "two hundred and forty receivers that hang",
    options: ALLOW,
    run: async (castle) => {
      const hanging = Array.from({ length: 240 }, startHanging);
      const servers = await Promise.all(hanging);
      try {
        await flood(servers.length, (index) => {
          const port = portOf(servers[index]);
          const url = `http://127.0.0.1:${port}/`;
          const extra = { ...DETACHED, "x-actions-async-callback": url };
          return post(castle, "greet", '{"name":"Mallory"}', extra);
        });
        const ms = await callBackAlice(
          castle,
          (port) => `http://127.0.0.1:${port}/`,
        );
        return findDelay(ms);
      } finally {
        for (const server of servers) server.close();
      }
    },
  },
  {
    title: "thirty callbacks of ten megabytes that nobody reads",
    restarts: 3,
    options: [...ALLOW, "--callback-timeout", "5s"],
    run: async (castle) => {
      const server = await startHanging();
      const port = portOf(server);
      try {
        await flood(30, (index) =>
          post(castle, "large", '{"megabytes":10}', {
            ...DETACHED,
            "x-actions-async-callback": `http://127.0.1.${index}:${port}/`,
          }),
        );
        await Bun.sleep(2000);
      } finally {
        server.close();
      }
    },
  },
  ...(canMount
    ? [
        {
          title: "two hundred names that nobody answers for",
          options: ["--callback-allow", "good.siege,127.0.0.0/8"],
          command: withNameServer(),
          run: async (castle: Castle) => {
            using names = new DisposableStack();
            const socket = await startNameServer({
              // This machine.
              answer: [127, 0, 0, 1],
              host: NAME_SERVER,
              port: 53,
            });
            names.defer(() => void socket.close());
            await flood(200, (index) => {
              const url = `http://silent${index}.siege/`;
              const extra = { ...DETACHED, "x-actions-async-callback": url };
              return post(castle, "greet", '{"name":"Mallory"}', extra);
            });
            const ms = await callBackAlice(
              castle,
              (port) => `http://good.siege:${port}/`,
            );
            return findDelay(ms);
          },
        },
      ]
    : []),
];
