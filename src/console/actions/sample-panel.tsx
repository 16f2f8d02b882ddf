/** The call that the form would make, for programs. */
import { useState } from "preact/hooks";
import { CopyButton } from "../parts/copy-button.tsx";
import { Tabs } from "../parts/tabs.tsx";
import { type Call, type Language, LANGUAGES, toSample } from "./samples.ts";

export function SamplePanel({ call }: { call: Call }) {
  const [language, setLanguage] = useState<Language>("curl");
  const text = toSample(language, call);
  return (
    <section class="card" aria-labelledby="samples-title">
      <div class="card-head">
        <h2 id="samples-title">Call it from code</h2>
        <CopyButton text={text} label="Copy the code" />
      </div>
      <Tabs
        label="Language"
        names={LANGUAGES}
        current={language}
        onChange={setLanguage}
      >
        <pre class="code" tabIndex={0}>
          {text}
        </pre>
      </Tabs>
    </section>
  );
}
