/** Starts the page at `/docs`: it shows the document, and asks for a key first where the server wants one. */
// @ts-check
const STORED = "actiond-key";
const form = document.querySelector("#ask");
const input = document.querySelector("#key");
const why = document.querySelector("#why");

async function load() {
  const key = sessionStorage.getItem(STORED);
  const headers = key === null ? {} : { authorization: "Bearer " + key };
  const reply = await fetch("/openapi.json", { headers });
  const document = await reply.json();
  if (reply.ok) show(document, key);
  else ask(key === null ? "This server asks for an API key." : document.detail);
}

function show(spec, key) {
  form.hidden = true;
  const ui = SwaggerUIBundle({
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
