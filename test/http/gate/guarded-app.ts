/** An application that asks for keys, on a real store, with runs of whoever a test needs. */
import { join } from "node:path";
import type { Key } from "../../../src/access/key.ts";
import { hashToken, makeToken } from "../../../src/access/token.ts";
import { ARTIFACTS } from "../../../src/run/artifacts/artifact-folder.ts";
import { openKeyEditor } from "../../../src/store/sqlite/keys.ts";
import { openStage } from "../../run/stage.ts";
import { recordAttempt } from "../../store/sqlite/temporary-store.ts";
import { stageApp } from "../stage-app.ts";

export function openGuardedApp() {
  const stack = new DisposableStack();
  const stage = stack.use(openStage());
  const editor = stack.use(openKeyEditor(stage.folder));
  let app: ReturnType<typeof stageApp> | undefined;
  /** The application knows the keys that were added before. */
  const start = () => (app ??= stageApp(stage));
  return {
    stage,
    request: async (path: string, init?: RequestInit) =>
      await (await start()).fetch(new Request(`http://localhost${path}`, init)),
    /** @returns the text of a new key */
    addKey(members: Partial<Key>): string {
      const token = makeToken();
      const id = `key_${Bun.randomUUIDv7()}`;
      void editor.add({
        id,
        name: members.id ?? id,
        hash: hashToken(token),
        scopes: [],
        packages: null,
        createdAt: 1,
        expiresAt: null,
        revokedAt: null,
        lastUsedAt: null,
        ...members,
      });
      return token;
    },
    /** @returns a finished run whose callback was delivered, and which has left a file called "none" */
    async makeRun(owner: string) {
      const requestId = Bun.randomUUIDv7();
      const run = stage.makeRun({ owner, requestId, detached: true });
      await stage.runs.insert(run);
      const time = { at: 1, runMs: 1 };
      await stage.runs.finish(run, {
        outcome: { status: "passed", result: "1" },
        ...time,
      });
      await recordAttempt(stage.deliveries, run.id, {
        attempt: { httpStatus: 200, ms: 1, error: null },
        attemptCount: 0,
        state: "delivered",
        nextAttemptAt: null,
      });
      await Bun.write(join(stage.folder, ARTIFACTS, run.id, "none"), "left");
      return run;
    },
    [Symbol.dispose]: () => {
      stack.dispose();
    },
  };
}
