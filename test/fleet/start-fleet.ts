/** Starts replicas of a fleet for tests of promises that any server keeps: behind a proxy that sends each connection to the next. */
import { SQL } from "bun";
import { join } from "node:path";
import { postgresUrl } from "../postgres.ts";
import {
  makeTemporaryFolder,
  runWith,
  type Start,
  type StartOptions,
  type TestServer,
} from "../server.ts";
import { openProxy } from "../store/postgres/proxy.ts";

let count = 0;

/**
 * @param start starts one replica
 * @param replicaCount how many there are
 * @returns what starts a fleet
 */
export function fleetOf(start: Start, replicaCount: number): Start {
  const startFleet = async (
    options: StartOptions = {},
  ): Promise<TestServer> => {
    const url = await postgresUrl();
    count += 1;
    // A fleet that is started again with the same folder is the same one.
    const name = options.data === undefined ? count : Bun.hash(options.data);
    const schema = `scenarios_${process.pid}_${name}`;
    // Nothing that matters is in their folders.
    const folder = options.data ?? join(makeTemporaryFolder(), "data");
    const startOne = (_: unknown, index: number) =>
      start({
        ...options,
        data: index === 0 ? folder : `${folder}-${index}`,
        environment: { ...options.environment, ACTIOND_DATABASE_URL: url },
        options: [
          "--database-schema",
          schema,
          "--database-connections=1",
          ...(options.options ?? []),
        ],
      });
    const replicas = await Promise.all(
      Array.from({ length: replicaCount }, startOne),
    );
    let turn = 0;
    const proxy = openProxy(() => {
      turn += 1;
      return Number(new URL(replicas[turn % replicaCount]?.url ?? "").port);
    });
    const front = new URL(replicas[0]?.url ?? "");
    front.port = String(proxy.port);
    const request = (path: string, init?: RequestInit) =>
      fetch(`${front.origin}${path}`, {
        redirect: "manual",
        // Each request has a connection of its own, and so another replica.
        keepalive: false,
        ...init,
      });
    const stop = async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      proxy[Symbol.dispose]();
      if (options.data !== undefined) return;
      await using sql = new SQL(url, { max: 1 });
      await sql.unsafe(`drop schema if exists "${schema}" cascade`);
    };
    return {
      url: front.origin,
      data: folder,
      replicaCount,
      request,
      run: runWith(request),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  };
  return Object.assign(startFleet, { isFleet: true });
}
