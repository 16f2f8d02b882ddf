/** The options of `actiond serve`, and the configuration that they make. */
import { accessOptions } from "./access.ts";
import { callbackOptions } from "./callbacks.ts";
import { everydayOptions } from "./everyday.ts";
import { fleetOptions } from "./fleet.ts";
import { isolationOptions } from "./isolation.ts";
import { limitOptions } from "./limits.ts";
import { derived, type Environment, type Values } from "../option.ts";
import { oauthOptions } from "./oauth.ts";
import { publishingOptions } from "./publishing.ts";
import { runOptions } from "./runs.ts";
import { secretOptions } from "./secrets.ts";
import { storageOptions } from "./storage.ts";
import { telemetryOptions } from "./telemetry.ts";

/** In the order of the help: what people need every day comes first. */
export const serveOptions = {
  ...everydayOptions,
  ...accessOptions,
  ...oauthOptions,
  ...secretOptions,
  ...publishingOptions,
  ...runOptions,
  ...limitOptions,
  ...isolationOptions,
  ...callbackOptions,
  ...storageOptions,
  ...fleetOptions,
  ...telemetryOptions,
  /** The server's own environment without its settings, some of which are secrets. */
  childEnvironment: derived(withoutSettings),
};

/** How `actiond serve` serves. Paths are absolute, times are in milliseconds, and Infinity means no limit. */
export type ServeConfig = Values<typeof serveOptions>;

function withoutSettings(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, text] of Object.entries(environment))
    if (text !== undefined && !isSetting(name)) kept[name] = text;
  return kept;
}

function isSetting(name: string): boolean {
  return (
    name.startsWith("ACTIOND_") || name === secretOptions.decryptKeys.variable
  );
}
