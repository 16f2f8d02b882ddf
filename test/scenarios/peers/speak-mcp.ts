/** The official client of the Model Context Protocol uses actions as tools. */
import { describe, expect, test } from "bun:test";
import { connect, ERAS, runIdOf } from "../../mcp/connect.ts";
import type { Start } from "../../server.ts";
import { makeGate } from "../gate.ts";
import { openScene } from "../scene.ts";

const VERSIONS = { legacy: "2025-11-25", auto: "2026-07-28" };

export function describeMcp(start: Start): void {
  const server = openScene(start, []);

  // The protocol before 2026 has sessions, which are in the memory of one process: the proxy of a fleet has to know them.
  const eras = ERAS.filter((era) => start.isFleet !== true || era === "auto");
  describe.each(eras)("with a client whose era is %s", (era) => {
    const connected = () => connect(server.url(), era);

    test("the newest version that both sides know is agreed on", async () => {
      await using connection = await connected();
      const { client } = connection;
      expect(client.getNegotiatedProtocolVersion()).toBe(VERSIONS[era]);
      expect(client.getServerVersion()).toMatchObject({ name: "actiond" });
    });

    test("every action is listed as a tool, with its schemas", async () => {
      await using connection = await connected();
      const { tools } = await connection.client.listTools();
      expect(tools.find(({ name }) => name === "probe_add")).toMatchObject({
        title: "Add",
        description: "Adds two numbers.",
        inputSchema: {
          type: "object",
          properties: { a: { type: "number" } },
          required: ["a"],
        },
      });
      const actions = await server.json("/api/actions");
      expect(tools).toBeArrayOfSize(actions.length);
    });

    test("a call is a run that is kept, and answers with structured content", async () => {
      await using connection = await connected();
      const result = await connection.client.callTool({
        name: "probe_add",
        arguments: { a: 1, b: 2 },
      });
      expect(result.content).toEqual([{ type: "text", text: "3" }]);
      expect(result.structuredContent).toEqual(
        era === "legacy" ? { result: 3 } : 3,
      );
      expect(await server.json(`/api/runs/${runIdOf(result)}`)).toMatchObject({
        action_id: "probe/add",
        state: "passed",
        result: "3",
      });
    });

    test.each([
      ["probe_fail", {}, "Unexpected error (TypeError)", "action_failed"],
      ["probe_refuse", {}, "The shelf is empty.", "out_of_stock"],
      ["probe_add", { a: "x" }, "/a: ", "invalid_input"],
    ])(
      "a call of %s with %j tells the model what went wrong",
      async (name, input, message, code) => {
        await using connection = await connected();
        const result = await connection.client.callTool({
          name,
          arguments: input,
        });
        expect(result).toMatchObject({ isError: true, _meta: { code } });
        expect(JSON.stringify(result.content)).toContain(message);
      },
    );

    test("a tool that does not exist is an error of the protocol", async () => {
      await using connection = await connected();
      const call = connection.client.callTool({ name: "probe_nothing" });
      expect(call).rejects.toThrow('There is no tool "probe_nothing".');
      await call.catch(() => undefined);
    });

    test("a client that gives up a call cancels its run", async () => {
      await using connection = await connected();
      const controller = new AbortController();
      const call = connection.client.callTool(
        { name: "probe_forever" },
        { signal: controller.signal },
      );
      const running = "/api/runs?action=forever&status=running";
      let [run] = await server.json(running);
      while (run === undefined) [run] = await server.json(running);
      controller.abort();
      expect(call).rejects.toThrow();
      await call.catch(() => undefined);
      expect(await server.json(`/api/runs/${run.id}?wait=10`)).toMatchObject({
        state: "cancelled",
      });
    });

    test("what a run logs, and how far it is, reaches the client of the call", async () => {
      await using connection = await connected();
      const { client } = connection;
      const messages: unknown[] = [];
      client.setNotificationHandler("notifications/message", ({ params }) => {
        messages.push(params);
      });
      if (era === "legacy") await client.setLoggingLevel("debug");
      const gate = makeGate();
      const progress: unknown[] = [];
      const result = await client.callTool(
        {
          name: "probe_tells",
          arguments: gate.input,
          _meta: { "io.modelcontextprotocol/logLevel": "debug" },
        },
        {
          onprogress(step) {
            progress.push(step);
            gate.open();
          },
        },
      );
      expect(progress).toEqual([
        { progress: 0.25, total: 1, message: "a quarter" },
        { progress: 1, total: 1 },
      ]);
      const logger = "probe/tells";
      expect(messages).toMatchObject([
        { level: "info", logger, data: { message: "It begins.", count: 1 } },
        { level: "debug", logger, data: "It ends.\nid: 1\ndata: forged" },
      ]);
      const uri = `actiond://runs/${runIdOf(result)}/log`;
      const { contents } = await client.readResource({ uri });
      const [{ text } = { text: "" }] = contents as { text: string }[];
      expect(
        text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).message),
      ).toEqual(["It begins.", "It ends.\nid: 1\ndata: forged"]);
    });

    test("runs are resources", async () => {
      await using connection = await connected();
      const { client } = connection;
      const id = runIdOf(await client.callTool({ name: "probe_noop" }));
      const read = async (uri: string) => {
        const { contents } = await client.readResource({ uri });
        const [{ text } = { text: "" }] = contents as { text: string }[];
        return JSON.parse(text);
      };
      expect(await read(`actiond://runs/${id}`)).toMatchObject({
        id,
        state: "passed",
        result: null,
      });
      const [newest] = await read("actiond://runs");
      expect(newest).toMatchObject({ id, action_id: "probe/noop" });
      const missing = client.readResource({ uri: "actiond://runs/nothing" });
      expect(missing).rejects.toThrow('There is no run "nothing".');
      await missing.catch(() => undefined);
    });
  });

  test.skipIf(start.isFleet === true)(
    "a stream of a session goes on where its connection broke",
    async () => {
      await using connection = await connect(server.url(), "legacy");
      const { transport } = connection;
      const send = (init: RequestInit, headers: Record<string, string> = {}) =>
        server.request("/mcp", {
          ...init,
          headers: {
            accept: "application/json, text/event-stream",
            "content-type": "application/json",
            "mcp-session-id": transport.sessionId ?? "",
            "mcp-protocol-version": "2025-11-25",
            ...headers,
          },
        });
      const broken = new AbortController();
      const reply = await send({
        method: "POST",
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 7,
          method: "tools/call",
          params: { name: "probe_sleep", arguments: { ms: 100 } },
        }),
        signal: broken.signal,
      });
      const reader = reply.body?.getReader();
      const first = Buffer.from((await reader?.read())?.value ?? []).toString();
      const [, lastId = ""] = /^id: (\S+)$/m.exec(first) ?? [];
      broken.abort();
      // The server learns a moment later that the connection broke.
      let resumed = await send({}, { "last-event-id": lastId });
      while (resumed.status === 409)
        resumed = await send({}, { "last-event-id": lastId });
      let text = "";
      for await (const chunk of resumed.body ?? []) {
        text += Buffer.from(chunk).toString();
        if (text.includes("slept")) break;
      }
      expect(text).toContain('"id":7');
    },
  );

  test("a web page of another origin is refused, whatever it asks", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      const reply = await server.request("/mcp", {
        method,
        headers: { origin: "https://evil.example" },
      });
      expect(reply.status).toBe(403);
      expect(await reply.json()).toMatchObject({ code: "origin_not_allowed" });
    }
  });

  test("a session of another server is not known, so that the client opens a new one", async () => {
    const reply = await server.request("/mcp", {
      method: "POST",
      headers: {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-session-id": crypto.randomUUID(),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(reply.status).toBe(404);
  });
}
