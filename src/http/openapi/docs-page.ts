/** The page at `/docs`: Swagger UI, and before it a question for a key where the server asks for one. */

export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>actiond</title>
    <link rel="icon" href="/docs/icon.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="stylesheet" href="/docs/page.css">
  </head>
  <body>
    <form id="ask" hidden>
      <h1>actiond</h1>
      <p id="why" role="alert"></p>
      <label for="key">API key</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false" required pattern="[!-~]+">
      <button>Show the API</button>
      <p>It is kept by this tab alone, until you close it.</p>
    </form>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

export const STYLE = `#ask {
  font: 16px/1.5 sans-serif;
  color: #3b4151;
  max-width: 32rem;
  margin: 15vh auto 0;
  padding: 0 1rem;
}
#ask:not([hidden]) { display: grid; gap: 0.5rem; }
#ask h1, #ask p { margin: 0; }
#ask input, #ask button { font: inherit; padding: 0.5rem 0.75rem; border: 1px solid #8c8c8c; border-radius: 4px; }
#ask button { background: #3b4151; color: #fff; cursor: pointer; }
`;

/** The key is kept in the tab's session storage: no other tab, no cookie, and nothing after the tab has it. */
export const START = `const STORED = "actiond-key";
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
  load();
});

load();
`;
