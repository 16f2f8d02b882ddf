/** What watches the server: each alert fires when it should, is explained, and asks for metrics that there are. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, startInProcess } from "../server.ts";

const ROOT = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const RULES = "deploy/prometheus/actiond.rules.yml";
const UNIT_TESTS = "deploy/prometheus/actiond.rules.test.yml";
const DASHBOARD = "deploy/grafana/actiond.json";
const rules = read(RULES);
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(
  ([, name = ""]) => name,
);
const METRIC = /\b(?:actiond|http_server|process)_[a-z_]+\b/g;

interface Dashboard {
  readonly panels: readonly {
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
    readonly gridPos: object;
  }[];
}

/** What a scrape of a server says there is, without the endings of histograms. */
let served: Set<string>;
beforeAll(async () => {
  await using server = await startInProcess({ options: ["--metrics", "on"] });
  const reply = await server.request("/metrics");
  const types = (await reply.text()).matchAll(/^# TYPE (\S+)/gm);
  served = new Set([...types].map(([, name = ""]) => name));
});

const canTest = Bun.which("promtool") !== null;
afterAll(() => {
  if (!canTest)
    process.stderr.write(
      "The alerts were not tested: promtool is not there (apt-get install prometheus).\n",
    );
});

const promtool = async (...command: string[]) => {
  const child = Bun.spawn(["promtool", ...command], {
    cwd: join(ROOT, "deploy/prometheus"),
    stdout: "pipe",
    stderr: "pipe",
  });
  const streams = [child.stdout, child.stderr].map((stream) =>
    new Response(stream).text(),
  );
  const said = (await Promise.all(streams)).join("");
  return { said, exitCode: await child.exited };
};

test.skipIf(!canTest)("promtool takes the rules as they are", async () => {
  const { said, exitCode } = await promtool(
    "check",
    "rules",
    "actiond.rules.yml",
  );
  expect(said).toContain(`${alerts.length} rules found`);
  expect(exitCode).toBe(0);
});

test.skipIf(!canTest)(
  "every alert fires when it should and is quiet otherwise",
  async () => {
    const { said, exitCode } = await promtool(
      "test",
      "rules",
      "actiond.rules.test.yml",
    );
    expect(said).not.toContain("FAILED");
    expect(exitCode).toBe(0);
  },
);

test.skipIf(!canTest)(
  "promtool can read every query of the dashboard",
  async () => {
    const { panels } = JSON.parse(read(DASHBOARD)) as Dashboard;
    const queries = panels.flatMap(({ targets = [] }) => targets);
    const group = queries.map(({ expr }, index) => ({
      record: `query_${index}`,
      // What Grafana puts in their places.
      expr: expr
        .replaceAll("$instance", ".*")
        .replaceAll("$__rate_interval", "1m"),
    }));
    const file = join(makeTemporaryFolder(), "queries.yml");
    const groups = [{ name: "dashboard", rules: group }];
    await Bun.write(file, JSON.stringify({ groups }));
    const { said, exitCode } = await promtool("check", "rules", file);
    expect(said).toContain(`${queries.length} rules found`);
    expect(exitCode).toBe(0);
  },
);

describe.each(alerts)("%s", (alert) => {
  test("is tested when it fires and when it is quiet", () => {
    const names = read(UNIT_TESTS).match(/(?<=name: ).*/g);
    expect(names).toContain(`${alert} fires`);
    expect(names).toContain(`${alert} is quiet`);
  });

  test("is explained in docs/operations.md", () => {
    const named = read("docs/operations.md").match(/(?<=`)Actiond\w+(?=`)/g);
    expect(named).toContain(alert);
  });
});

test.each([RULES, DASHBOARD])(
  "%s asks only for metrics that there are",
  (path) => {
    // Counters and histograms have their types once something was counted.
    const documented = read("docs/telemetry.md");
    for (const name of new Set(read(path).match(METRIC))) {
      const base = name.replace(/_(?:bucket|count|sum)$/, "");
      expect([...served].includes(base) || documented.includes(base)).toBe(
        true,
      );
    }
  },
);

test("docs/telemetry.md names every metric that a server has", () => {
  const documented = read("docs/telemetry.md");
  const missing = [...served].filter((name) => !documented.includes(name));
  expect(missing).toEqual([]);
});

test("the dashboard has queries in every panel, and no two panels at one place", () => {
  const { panels } = JSON.parse(read(DASHBOARD)) as Dashboard;
  const places = panels.map(({ gridPos }) => JSON.stringify(gridPos));
  expect(new Set(places).size).toBe(panels.length);
  for (const { type, targets = [] } of panels)
    if (type !== "row") expect(targets.length).toBeGreaterThan(0);
});
