/** Builds `dist/actiond`: `bun run build`. */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toCompileArguments } from "../src/project/compile.ts";
import { makeSdkFiles } from "./sdk-files.ts";
import { makeServerFiles } from "./server-files.ts";

const ROOT = join(import.meta.dir, "..");

await makeSdkFiles(ROOT);
await makeServerFiles(ROOT);
const program = {
  entry: "main.ts",
  assets: ["./drizzle", "./drizzle-pg", "./dist/sdk", "./dist/server"],
  outfile: "dist/compiled/actiond",
};
const { exitCode } = Bun.spawnSync(
  [process.execPath, ...toCompileArguments(program)],
  { cwd: ROOT, stdio: ["inherit", "inherit", "inherit"] },
);
if (exitCode === 0)
  renameSync(join(ROOT, program.outfile), join(ROOT, "dist", "actiond"));
rmSync(join(ROOT, "dist", "compiled"), { recursive: true, force: true });
process.exit(exitCode);
