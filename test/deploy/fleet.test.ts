/** The files that say how to run a fleet agree with each other, and with the program. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OptionSet } from "../../src/cli/options/option.ts";
import { serveOptions } from "../../src/cli/options/groups/serve-options.ts";
import { toDuration } from "../../src/units.ts";
import { makeTemporaryFolder } from "../server.ts";

const FLEET = "deploy/fleet/compose.yaml";
const PODS = "deploy/kubernetes/actiond.yaml";
const PROXY = "deploy/fleet/haproxy.cfg";
const ROOT = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const variables = Object.values<OptionSet[string]>(serveOptions).flatMap(
  ({ variable }) => variable ?? [],
);

interface Compose {
  readonly services: Record<
    string,
    {
      readonly deploy?: { readonly replicas: number };
      readonly environment?: Record<string, string>;
      readonly secrets?: string[];
      readonly depends_on?: Record<string, unknown> | string[];
      readonly stop_grace_period?: string;
      readonly volumes?: string[];
      readonly healthcheck?: unknown;
    }
  >;
  readonly secrets: Record<string, unknown>;
  readonly volumes: Record<string, unknown>;
}

interface Labels {
  readonly matchLabels: Record<string, string>;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly failureThreshold: number;
}

interface Deployment {
  readonly kind: "Deployment";
  readonly spec: {
    readonly replicas: number;
    readonly strategy: {
      readonly rollingUpdate: { readonly maxUnavailable: number };
    };
    readonly selector: Labels;
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly volumes: readonly { readonly name: string }[];
        readonly containers: readonly [
          {
            readonly env: readonly { name: string; value: string }[];
            readonly ports: readonly { name: string }[];
            readonly startupProbe: Probe;
            readonly readinessProbe: Probe;
            readonly livenessProbe: Probe;
            readonly lifecycle: {
              readonly preStop: { readonly sleep: { seconds: number } };
            };
            readonly volumeMounts: readonly { readonly name: string }[];
          },
        ];
      };
    };
  };
}

const compose = Bun.YAML.parse(read(FLEET)) as Compose;
const manifests = Bun.YAML.parse(read(PODS)) as {
  kind: string;
  spec: { selector: object; maxUnavailable?: number };
}[];
const deployment = manifests.find(
  ({ kind }) => kind === "Deployment",
) as unknown as Deployment;
const { template, selector } = deployment.spec;
const [container] = template.spec.containers;

test.each([FLEET, PODS])(
  "%s names only variables that the executable reads",
  (path) => {
    const names = read(path).match(/ACTIOND_[A-Z_]+/g) ?? [];
    expect(names.length).toBeGreaterThan(2);
    expect(variables).toEqual(expect.arrayContaining(names));
  },
);

test("the fleet of Compose has three replicas, a database that answers first, and every secret and volume it names", () => {
  const { actiond, postgres } = compose.services;
  expect(actiond?.deploy?.replicas).toBe(3);
  expect(actiond?.depends_on).toEqual({
    postgres: { condition: "service_healthy" },
  });
  expect(postgres?.healthcheck).toBeDefined();
  const services = Object.values(compose.services);
  const secrets = services.flatMap((service) => service.secrets ?? []);
  expect(Object.keys(compose.secrets).toSorted()).toEqual(
    [...new Set(secrets)].toSorted(),
  );
  const mounts = services
    .flatMap(({ volumes = [] }) => volumes)
    .map((volume) => volume.split(":")[0] ?? "")
    // Without those from this machine, and those that have no name.
    .filter((name) => !/^[./]/.test(name));
  expect(Object.keys(compose.volumes).toSorted()).toEqual(mounts.toSorted());
});

test("both give a replica more time to stop than it drains", () => {
  const { actiond } = compose.services;
  const drainMs = (text: string | undefined) => toDuration(text ?? "", 1e9);
  expect(drainMs(actiond?.stop_grace_period)).toBeGreaterThanOrEqual(
    drainMs(actiond?.environment?.["ACTIOND_DRAIN"]) + 5000,
  );
  const { value } = container.env.find(({ name }) => name === "ACTIOND_DRAIN")!;
  const { seconds } = container.lifecycle.preStop.sleep;
  expect(
    template.spec.terminationGracePeriodSeconds * 1000,
  ).toBeGreaterThanOrEqual(seconds * 1000 + drainMs(value) + 5000);
});

test("probes ask what the server answers, and only a standing event loop ends a replica", () => {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const paths = [startupProbe, readinessProbe, livenessProbe].map(
    ({ httpGet }) => httpGet.path,
  );
  expect(paths).toEqual(["/health/live", "/health/ready", "/health/live"]);
  expect(read(PROXY)).toContain("option httpchk GET /health/ready");
  for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe])
    expect(container.ports.map(({ name }) => name)).toContain(httpGet.port);
});

test("an update and an emptied node never take more than one replica away", () => {
  const budget = manifests.find(({ kind }) => kind === "PodDisruptionBudget");
  const service = manifests.find(({ kind }) => kind === "Service");
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  expect(budget?.spec.maxUnavailable).toBe(1);
  expect(deployment.spec.replicas).toBeGreaterThan(2);
  expect(selector.matchLabels).toEqual(template.metadata.labels);
  expect(budget?.spec.selector).toEqual(selector);
  expect(service?.spec.selector).toEqual(selector.matchLabels);
});

test("every volume that a pod mounts is there", () => {
  const mounted = container.volumeMounts.map(({ name }) => name);
  expect(template.spec.volumes.map(({ name }) => name).toSorted()).toEqual(
    mounted.toSorted(),
  );
});

const canCheck = Bun.which("haproxy") !== null;

test.skipIf(!canCheck)(
  canCheck
    ? "HAProxy takes the configuration of the proxy as it is"
    : "HAProxy takes the configuration of the proxy as it is (skipped: haproxy is not installed here)",
  async () => {
    const file = join(makeTemporaryFolder(), "haproxy.cfg");
    await Bun.write(file, read(PROXY));
    const { exitCode, stderr } = Bun.spawnSync(["haproxy", "-c", "-f", file]);
    expect(String(stderr)).not.toContain("ALERT");
    expect(exitCode).toBe(0);
  },
);
