/** Measures reloading: from a saved file to its first reply, memory over many reloads, and the start. `bun run bench:reload` */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";

const START_COUNT = 15;

const folder = makeTemporaryFolder();
const write = (name: string, value: number) => {
  writeFileSync(
    join(folder, `${name}.ts`),
    `import { action, t } from "actiond";\nimport { help } from "./_helper.ts";\nexport const version = action({ input: t.Object({}), output: t.Integer(), run: () => help(${value}) });\n${"// A line of comment, as files have.\n".repeat(100)}`,
  );
};
writeFileSync(
  join(folder, "_helper.ts"),
  "export const help = (value: number) => value;\n",
);

for (const { count, reloadCount } of [
  { count: 5, reloadCount: 1000 },
  { count: 200, reloadCount: 200 },
]) {
  for (let index = 0; index < count; index += 1) write(`file${index}`, 0);
  console.log(`${count} actions`);
  await measureStart();
  await measureReloads(reloadCount);
}
rmSync(folder, { recursive: true, force: true });

async function measureStart(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < START_COUNT; round += 1) {
    const startedAt = performance.now();
    await using server = await startExecutable({ actions: folder });
    await server.request("/health/live");
    times.push(performance.now() - startedAt);
  }
  console.log(`  start: ${describe(times)}`);
}

async function measureReloads(count: number): Promise<void> {
  await using server = await startExecutable({
    actions: folder,
    options: ["--watch", "--log-level", "error"],
  });
  const times: number[] = [];
  console.log(`  0 reloads: ${readMemory(server)} MB`);
  for (let value = 1; value <= count; value += 1) {
    const savedAt = performance.now();
    write("file0", value);
    while ((await call(server)) !== value);
    times.push(performance.now() - savedAt);
    if ([10, 100, 200, 500, 1000].includes(value))
      console.log(`  ${value} reloads: ${readMemory(server)} MB`);
  }
  console.log(`  from a saved file to its first reply: ${describe(times)}`);
}

async function call(server: TestProcess): Promise<unknown> {
  const reply = await server.request("/api/actions/file0/version/run", {
    method: "POST",
  });
  return await reply.json();
}

function readMemory({ process: { pid } }: TestProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
