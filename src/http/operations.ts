/** The table of operations: everything this server answers. */
import { type ActionsParts, actionOperations } from "./actions/actions.ts";
import { type RunActionParts, runAction } from "./actions/run-action.ts";
import {
  type ArtifactsParts,
  artifactOperations,
} from "./artifacts/artifacts.ts";
import {
  type CallbacksParts,
  callbackOperations,
} from "./callbacks/callbacks.ts";
import { type ConsoleParts, consoleOperations } from "./console/console.ts";
import { type EventsParts, eventOperations } from "./events/events.ts";
import { type HealthParts, healthOperations } from "./health/health.ts";
import { type McpParts, mcpOperations } from "./mcp/mcp.ts";
import { type OauthParts, oauthOperations } from "./oauth/oauth.ts";
import { type DocsParts, docsOperations } from "./openapi/docs.ts";
import { type KeysParts, keyOperations } from "./keys/keys.ts";
import { metricsOperation, type MetricsParts } from "./metrics/metrics.ts";
import type { Operation } from "./operation.ts";
import { type OriginalParts, originalOperations } from "./original/original.ts";
import { type SecretsParts, setSecrets } from "./original/secrets.ts";
import { shutDown, type ShutdownParts } from "./original/shutdown.ts";
import { openSocket, type SocketParts } from "./original/socket.ts";
import { getLogPage, type LogPageParts } from "./original/log-page.ts";
import { type RunsParts, runOperations } from "./runs/runs.ts";
import { type ServerParts, serverOperations } from "./server/server.ts";
import {
  unknownRoute,
  type UnknownRouteParts,
} from "./unknown/unknown-route.ts";

/** What the handlers need of the server. */
export type HandlerParts = HealthParts &
  ActionsParts &
  RunActionParts &
  RunsParts &
  CallbacksParts &
  McpParts &
  OauthParts &
  MetricsParts &
  EventsParts &
  ArtifactsParts &
  KeysParts &
  ServerParts &
  DocsParts &
  ConsoleParts &
  OriginalParts &
  SecretsParts &
  ShutdownParts &
  SocketParts &
  LogPageParts &
  UnknownRouteParts;

export const OPERATIONS: readonly Operation<HandlerParts>[] = [
  ...actionOperations,
  runAction,
  ...runOperations,
  ...eventOperations,
  ...artifactOperations,
  ...serverOperations,
  ...keyOperations,
  ...callbackOperations,
  ...mcpOperations,
  ...oauthOperations,
  ...healthOperations,
  metricsOperation,
  ...docsOperations,
  ...consoleOperations,
  ...originalOperations,
  setSecrets,
  shutDown,
  openSocket,
  getLogPage,
  unknownRoute,
];
