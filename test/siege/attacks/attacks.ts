/** Every attack: `bun run siege` carries out all of them. */
import type { Attack } from "../besiege.ts";
import { BODY_ATTACKS } from "./bodies.ts";
import { CALLBACK_ATTACKS } from "./callbacks.ts";
import { MCP_ATTACKS } from "./mcp.ts";
import { REPLY_ATTACKS } from "./replies.ts";
import { SHARE_ATTACKS } from "./shares.ts";
import { SOCKET_ATTACKS } from "./sockets.ts";
import { TLS_ATTACKS } from "./tls.ts";

export const ATTACKS: readonly Attack[] = [
  ...BODY_ATTACKS,
  ...REPLY_ATTACKS,
  ...SHARE_ATTACKS,
  ...CALLBACK_ATTACKS,
  ...MCP_ATTACKS,
  ...SOCKET_ATTACKS,
  ...TLS_ATTACKS,
];
