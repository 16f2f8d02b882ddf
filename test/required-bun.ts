/** Ends with one sentence when this is not the version of Bun that package.json names: the scripts run it before they install anything. */
import packageJson from "../package.json" with { type: "json" };

const required = packageJson.packageManager.replace("bun@", "");
const script = process.env["npm_lifecycle_event"] ?? "start";

if (Bun.version !== required) {
  process.stderr.write(
    `actiond needs Bun ${required}, and this is Bun ${Bun.version}: run "npx -y bun@${required} run ${script}", or install that version with "curl -fsSL https://bun.com/install | bash -s bun-v${required}".\n`,
  );
  process.exit(1);
}
