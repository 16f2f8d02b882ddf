/** What clients of Sema4.ai's Action Server, load balancers and tool loaders ask for besides runs. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { type Received, startReceiver } from "../../callback/receiver.ts";
import { makeGate } from "../gate.ts";
import { openSocket } from "../open-socket.ts";
import { idOf, openScene } from "../scene.ts";

export function describeOriginalClients(start: Start): void {
  const server = openScene(start, []);

  test("the packages are listed with the action_id of their runs", async () => {
    const packages = await server.json("/api/actionPackages");
    expect(packages.map(({ name }: { name: string }) => name)).toContain(
      "probe",
    );
    const { actions } = packages.find(
      ({ name }: { name: string }) => name === "probe",
    );
    const id = await server.begin("add", { a: 1 });
    const { action_id } = await server.json(`/api/runs/${id}?wait=10`);
    const add = actions.find((each: { id: string }) => each.id === action_id);
    expect(add).toMatchObject({
      action_package_id: "probe",
      name: "add",
      enabled: true,
      options: '{"kind":"action","display_name":""}',
      file: "",
    });
    expect(JSON.parse(add.input_schema)).toMatchObject({ type: "object" });
  });

  test("the configuration says whether a key is needed", async () => {
    expect(await server.json("/config")).toEqual({
      version: expect.any(String),
      auth_enabled: false,
      expose_url: false,
      mtime_uuid: expect.any(String),
    });
  });

  test("the texts and the bytes of artifacts are answered as the original does", async () => {
    const input = { name: "a.txt", text: "héllo" };
    const id = idOf(await server.run("leaves", input));
    const path = `/api/runs/${id}/artifacts`;
    expect(
      await server.json(`${path}/text-content?artifact_names=a.txt`),
    ).toEqual({ "a.txt": "héllo" });
    const bytes = await server.request(
      `${path}/binary-content?artifact_name=a.txt`,
    );
    expect(await bytes.text()).toBe("héllo");
    expect(bytes.headers.get("content-disposition")).toStartWith("attachment");
    const database = encodeURIComponent("../actiond.db");
    expect(
      await server.json(`${path}/text-content?artifact_names=${database}`),
    ).toEqual({});
    const wrong = `${path}/binary-content?artifact_name=${database}`;
    expect((await server.request(wrong)).status).toBe(404);
    const regexp = `${path}/text-content?artifact_name_regexp=(a%2B)%2B$`;
    expect((await server.request(regexp)).status).toBe(400);
    expect((await server.request(`${path}/binary-content`)).status).toBe(400);
  });

  test("what the original writes for each run is there by its name", async () => {
    const id = idOf(await server.run("says", { message: "héllo" }));
    const names = ["output.txt", "inputs.json", "result.json"].map(
      (name) => `__action_server_${name}`,
    );
    const query = [...names, "log.html", "none"]
      .map((name) => `artifact_names=${name}`)
      .join("&");
    const path = `/api/runs/${id}/artifacts`;
    const texts = await server.json(`${path}/text-content?${query}`);
    expect(Object.keys(texts)).toEqual([...names, "log.html"]);
    const [output = "", inputs = "", result = ""] = names;
    expect(texts[output]).toContain("INFO  héllo\n");
    expect(JSON.parse(texts[inputs])).toEqual({ message: "héllo" });
    expect(JSON.parse(texts[result])).toEqual({ result: null, message: null });
    const bytes = `${path}/binary-content?artifact_name=${output}`;
    expect(await (await server.request(bytes)).text()).toBe(texts[output]);
  });

  test("the input in an envelope of the invocation context is the input", async () => {
    const context = { "x-action-invocation-context": "e30=" };
    const enveloped = { body: { a: 41 }, "x-action-context": "e30=" };
    const reply = await server.run("add", enveloped, context);
    expect(await reply.text()).toBe("42");
    expect(await (await server.run("add", { a: 1 }, context)).text()).toBe("2");
    const wrong = await server.run("add", { body: { a: "x" } }, context);
    expect(wrong.status).toBe(422);
  });

  test("a failed run answers with the body and the status that its action has chosen", async () => {
    const body = { result: null, error: "Something bad happened" };
    const reply = await server.run("answers-error", { status: 200 });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-action-server-run-status")).toBe("failed");
    expect(await reply.json()).toEqual(body);
    const path = `/api/runs/${idOf(reply)}`;
    expect(await server.json(path)).toMatchObject({
      status: 3,
      result: JSON.stringify(body),
      error_message: body.error,
      error: { code: "action_failed", message: body.error },
    });
    const later = await server.request(`${path}/result`);
    expect([later.status, await later.json()]).toEqual([200, body]);
    const accept = "application/problem+json";
    const problem = await server.run("answers-error", {}, { accept });
    expect(problem.status).toBe(500);
    expect(await problem.json()).toMatchObject({ code: "action_failed" });
    expect((await server.run("answers-error")).status).toBe(500);
  });

  test("the callback of such a run has that body, and says that the run failed", async () => {
    await using receiver = startReceiver(() => new Response());
    const id = await server.begin(
      "answers-error",
      {},
      { "x-actions-async-callback": receiver.url },
    );
    await receiver.arrived(1);
    const [{ headers, body }] = receiver.received as [Received];
    expect(JSON.parse(body)).toMatchObject({ error: "Something bad happened" });
    expect(headers.get("x-action-server-run-status")).toBe("failed");
    expect(headers.get("x-action-server-run-id")).toBe(id);
  });

  test("the log of a run is a page that runs nothing of what it shows", async () => {
    const message = "<script>alert(1)</script>";
    const id = idOf(await server.run("says", { message }));
    const page = await server.request(`/api/runs/${id}/log.html`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("sandbox");
    const text = await page.text();
    expect(text).toContain("INFO  &lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).not.toContain("<script");
    expect(text).toContain(id);
    expect((await server.request("/api/runs/none/log.html")).status).toBe(404);
  });

  test("a WebSocket echoes, lists packages, and tells of runs as they are added and change", async () => {
    await using socket = await openSocket(server.url());
    socket.emit("nothing that is known");
    socket.emit("echo", "echo-val");
    expect(await socket.next()).toEqual({ event: "echo", data: "echo-val" });
    const url = "/api/actionPackages";
    socket.emit("request", { method: "GET", url, message_id: 22 });
    expect(await socket.next()).toEqual({
      event: "response",
      data: { message_id: 22, result: await server.json(url) },
    });
    const earlier = idOf(await server.run("noop"));
    socket.emit("start_listen_run_events");
    const { event, data: runs } = await socket.next();
    expect(event).toBe("runs_collected");
    expect(runs[0]).toMatchObject({ id: earlier, status: 2, inputs: "{}" });
    const gate = makeGate();
    const id = await server.begin("gate", gate.input);
    expect(await socket.next()).toMatchObject({
      event: "run_added",
      data: { run: { id, numbered_id: runs[0].numbered_id + 1 } },
    });
    expect(await socket.next()).toMatchObject({
      event: "run_changed",
      data: { run_id: id, changes: { status: 1 } },
    });
    gate.open("done");
    expect(await socket.next()).toMatchObject({
      event: "run_changed",
      data: { run_id: id, changes: { status: 2, result: '"done"' } },
    });
  });

  test("a page of another origin opens no WebSocket", async () => {
    const headers = {
      origin: "http://foreign.example",
      upgrade: "websocket",
      connection: "upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const reply = await server.request("/api/ws", { headers });
    expect(reply.status).toBe(403);
    expect((await server.request("/api/ws")).status).toBe(400);
  });

  test.each([
    ["by address", "GET /health/live HTTP/1.1", ["host: 10.0.0.5:8080"]],
    ["by a name", "GET /health/ready HTTP/1.1", ["host: anything.example"]],
    ["with HTTP/1.0 and without a host", "GET /health/live HTTP/1.0", []],
    ["with HEAD", "HEAD /health/live HTTP/1.0", []],
  ])("a health check that asks %s is answered", async (_, line, headers) => {
    const reply = await server.sendLines([line, ...headers]);
    expect(reply).toMatch(/^HTTP\/1\.\d 200 /);
  });

  test("anything else without a host is refused", async () => {
    const reply = await server.sendLines(["GET /api/runs HTTP/1.0"]);
    expect(reply).toMatch(/^HTTP\/1\.\d 400 /);
    expect(reply).toContain('"code":"invalid_header"');
  });
}
