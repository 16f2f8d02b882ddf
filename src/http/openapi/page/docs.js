/**
 * Draws the page at `/docs`: it shows the document with Swagger UI, and asks for a key first where the server wants one. The
 * key is kept in the tab's session storage: no other tab, no cookie, and nothing after the tab has it.
 */
const STORED = "actiond-key";

/**
 * Swagger UI, which its own script defines.
 *
 * @typedef {object} SwaggerUi
 * @property {(scheme: string, key: string) => void} preauthorizeApiKey
 */

const own = document.currentScript;
if (!(own instanceof HTMLScriptElement))
  throw new Error("This script belongs to a page.");
const folder = own.src;

/** The path of the document, seen from the folder of the server. */
const documentPath =
  document.getElementById("api-reference")?.dataset["url"] ?? "openapi.json";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {object} properties
 * @param {(Node | string)[]} children
 */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

/** @param {string} name of a file beside this one */
function toUrl(name) {
  return new URL(name, folder).href;
}

document.head.append(
  make("link", { rel: "icon", href: toUrl("icon.png") }),
  make("link", { rel: "stylesheet", href: toUrl("swagger-ui.css") }),
  make("link", { rel: "stylesheet", href: toUrl("docs.css") }),
);

const why = make("p", { role: "alert" });
const input = make("input", {
  id: "key",
  type: "password",
  autocomplete: "off",
  spellcheck: false,
  required: true,
  pattern: "[!-~]+",
});
const form = make(
  "form",
  { id: "ask", hidden: true },
  make("h1", {}, document.title),
  why,
  make("label", { htmlFor: "key" }, "API key"),
  input,
  make("button", {}, "Show the API"),
  make("p", {}, "It is kept by this tab alone, until you close it."),
);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(STORED, input.value);
  void load();
});

const swaggerScript = make("script", { src: toUrl("swagger-ui.js") });
const swaggerLoaded = new Promise((resolve, reject) => {
  swaggerScript.addEventListener("load", resolve);
  swaggerScript.addEventListener("error", () => {
    reject(new Error(`${swaggerScript.src} could not be loaded.`));
  });
});
document.body.append(
  make(
    "nav",
    { id: "way" },
    make("a", { href: toUrl("../") }, "Run and watch actions in the console"),
  ),
  form,
  make("div", { id: "swagger-ui" }),
  swaggerScript,
);

async function load() {
  const key = sessionStorage.getItem(STORED);
  const headers = key === null ? undefined : { authorization: `Bearer ${key}` };
  const reply = await fetch(
    toUrl(`../${documentPath}?full`),
    headers && { headers },
  );
  const answer = await reply.json();
  if (reply.ok) await show(answer, key);
  else ask(key === null ? "This server asks for an API key." : answer.detail);
}

/**
 * @param {object} spec
 * @param {string | null} key
 */
async function show(spec, key) {
  await swaggerLoaded;
  form.hidden = true;
  /** @type {SwaggerUi} */
  const ui = Reflect.get(
    window,
    "SwaggerUIBundle",
  )({
    spec,
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    validatorUrl: "none",
    onComplete() {
      if (key !== null) ui.preauthorizeApiKey("bearer", key);
    },
  });
}

/** @param {string} reason */
function ask(reason) {
  sessionStorage.removeItem(STORED);
  why.textContent = reason;
  form.hidden = false;
  input.value = "";
  input.focus();
}

void load();
