/** The tools that the conformance suite calls, under the names that it wants. */
import { action, t } from "actiond";

/** A red pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A moment of silence. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

export const simpleText = action({
  description: "Returns a text.",
  kind: "query",
  run: () => "This is a simple text response for testing.",
});

export const imageContent = action({
  description: "Returns an image.",
  run: () => ({
    content: [{ type: "image", data: PNG, mimeType: "image/png" }],
  }),
});

export const audioContent = action({
  description: "Returns a sound.",
  run: () => ({
    content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }],
  }),
});

export const embeddedResource = action({
  description: "Returns a resource.",
  run: () => ({
    content: [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      },
    ],
  }),
});

export const multipleContentTypes = action({
  description: "Returns a text, an image and a resource.",
  run: () => ({
    content: [
      { type: "text", text: "Multiple content types test:" },
      { type: "image", data: PNG, mimeType: "image/png" },
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: '{"test":"data","value":123}',
        },
      },
    ],
  }),
});

export const errorHandling = action({
  description: "Fails.",
  run: () => {
    throw new Error("This tool intentionally returns an error for testing");
  },
});

export const toolWithLogging = action({
  description: "Logs three lines.",
  async run(_, { log }) {
    for (const message of [
      "Tool execution started",
      "Tool processing data",
      "Tool execution completed",
    ]) {
      log.info(message);
      await Bun.sleep(50);
    }
    return "Logged.";
  },
});

export const loggingTool = action({
  description: "Logs a line.",
  run(_, { log }) {
    log.info("This line is for clients that ask for it.");
    return "Logged.";
  },
});

export const toolWithProgress = action({
  description: "Reports how far it is.",
  async run(_, { progress }) {
    for (const fraction of [0, 0.5, 1]) {
      progress(fraction, `Completed ${fraction * 100} of 100`);
      // Of several within moments, only one is told.
      await Bun.sleep(400);
    }
    return "Done.";
  },
});

export const customHeaders = action({
  description: "Takes arguments that are repeated in headers.",
  input: t.Object({
    region: t.String({ "x-mcp-header": "Region" }),
    query: t.String(),
  }),
  run: ({ region, query }) => `${region}: ${query}`,
});

export const promptWithArguments = action({
  kind: "prompt",
  description: "Makes a message of two arguments.",
  input: t.Object({
    arg1: t.String({ description: "The first" }),
    arg2: t.String({ description: "The second" }),
  }),
  run: ({ arg1, arg2 }) =>
    `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
});

export const simplePrompt = action({
  kind: "prompt",
  description: "Makes a message.",
  run: () => "This is a simple prompt for testing.",
});

export const promptWithEmbeddedResource = action({
  kind: "prompt",
  description: "Makes a message with a resource.",
  input: t.Object({ resourceUri: t.String() }),
  run: ({ resourceUri }) => [
    {
      role: "user",
      content: {
        type: "resource",
        resource: {
          uri: resourceUri,
          mimeType: "text/plain",
          text: "Embedded resource content for testing.",
        },
      },
    },
    {
      role: "user",
      content: { type: "text", text: "Please process the resource above." },
    },
  ],
});

export const promptWithImage = action({
  kind: "prompt",
  description: "Makes a message with an image.",
  run: () => ({
    messages: [
      {
        role: "user",
        content: { type: "image", data: PNG, mimeType: "image/png" },
      },
      {
        role: "user",
        content: { type: "text", text: "Please analyze the image above." },
      },
    ],
  }),
});

export const staticText = action({
  kind: "resource",
  uri: "test://static-text",
  description: "A text.",
  run: () => "This is the content of the static text resource.",
});

export const staticBinary = action({
  kind: "resource",
  uri: "test://static-binary",
  description: "An image.",
  run: () => ({ blob: PNG, mimeType: "image/png" }),
});

export const watchedResource = action({
  kind: "resource",
  uri: "test://watched-resource",
  description: "A resource to which clients subscribe.",
  run: () => "Watched resource content",
});

export const template = action({
  kind: "resource",
  uri: "test://template/{id}/data",
  description: "Data by id.",
  input: t.Object({ id: t.String() }),
  run: ({ id }) => ({
    mimeType: "application/json",
    text: JSON.stringify({
      id,
      templateTest: true,
      data: `Data for ID: ${id}`,
    }),
  }),
});
