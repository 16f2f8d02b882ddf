/** What callers are shown of the actions while the catalog changes. */
import { expect, test } from "bun:test";
import type { CatalogEntry } from "../../../src/catalog/catalog-entry.ts";
import { openStage } from "../../run/stage.ts";
import { stageApp, toCatalog } from "../stage-app.ts";

test("the list of actions and the document follow the catalog", async () => {
  using stage = openStage();
  const app = await stageApp(stage);
  const get = async (path: string): Promise<any> =>
    (await app.fetch(new Request(`http://localhost${path}`))).json();
  const shown = async () => {
    const { paths } = await get("/openapi.json");
    const list: { address: string }[] = await get("/api/actions");
    return {
      listed: list.map(({ address }) => address),
      described: Object.keys(paths).filter((path) => path.endsWith("/run")),
    };
  };
  expect(await shown()).toEqual({
    listed: ["stage/act"],
    described: ["/api/actions/stage/act/run"],
  });

  const other: CatalogEntry = {
    ...stage.entry,
    package: "other",
    name: "new",
    address: "other/new",
    description: "Is new.",
  };
  app.catalog.replace(toCatalog(other));
  expect(await shown()).toEqual({
    listed: ["other/new"],
    described: ["/api/actions/other/new/run"],
  });
  const { paths } = await get("/openapi.json");
  expect(paths["/api/actions/other/new/run"].post).toMatchObject({
    operationId: "new",
    summary: "New",
    description: "Is new.",
  });
});
