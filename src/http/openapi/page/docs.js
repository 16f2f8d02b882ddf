/**
 * Starts the page at `/docs`: it shows the document, and asks for a key first where the server wants one. The key is kept
 * in the tab's session storage: no other tab, no cookie, and nothing after the tab has it.
 */
const STORED = "actiond-key";

/**
 * Swagger UI, which its own script defines.
 *
 * @typedef {object} SwaggerUi
 * @property {(scheme: string, key: string) => void} preauthorizeApiKey
 */

const form = find("ask", HTMLFormElement);
const input = find("key", HTMLInputElement);
const why = find("why", HTMLElement);

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function find(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no #${id}.`);
}

async function load() {
  const key = sessionStorage.getItem(STORED);
  const headers = key === null ? undefined : { authorization: `Bearer ${key}` };
  const reply = await fetch("/openapi.json?full", headers && { headers });
  const answer = await reply.json();
  if (reply.ok) show(answer, key);
  else ask(key === null ? "This server asks for an API key." : answer.detail);
}

/**
 * @param {object} spec
 * @param {string | null} key
 */
function show(spec, key) {
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

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(STORED, input.value);
  void load();
});

void load();
