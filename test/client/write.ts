/** Writes clients for the actions of the fixtures, as `actiond client` does. */
import { join } from "node:path";
import { readFolder } from "../../src/client/read-folder.ts";
import { type Language, writeClient } from "../../src/client/write-client.ts";
import { FIXTURES, makeTemporaryFolder } from "../server.ts";

/** @returns the path of the client */
export async function writeFixtureClient(
  language: Language = "typescript",
  folder: string = FIXTURES,
): Promise<string> {
  const name = language === "python" ? "fixture_client.py" : "client.ts";
  const file = join(makeTemporaryFolder(), name);
  const actions = await readFolder(folder);
  writeClient(file, actions, { language, version: "1.2.3" });
  return file;
}

/** The functions of a written client. Its types are tested as text. */
export async function importFixtureClient(): Promise<any> {
  return await import(await writeFixtureClient());
}
