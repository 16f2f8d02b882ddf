/** A file, sent as base64 within the input. */
import { useState } from "preact/hooks";
import { toSize } from "../../format/amounts.ts";
import type { FieldProps } from "../context.ts";
import { FieldFrame, useControl } from "./field-frame.tsx";

const CHUNK = 32_768;

export function FileField(props: FieldProps) {
  const { value, schema, onChange } = props;
  const [name, setName] = useState("");
  const choose = async (file: File | undefined) => {
    if (file === undefined) return;
    setName(file.name);
    onChange(toBase64(new Uint8Array(await file.arrayBuffer())));
  };
  return (
    <FieldFrame {...props}>
      <input
        {...useControl(props)}
        type="file"
        class="input input-file"
        accept={schema.contentMediaType}
        onChange={(event) => {
          void choose(event.currentTarget.files?.[0]);
        }}
      />
      {typeof value === "string" && (
        <span class="field-limits">
          {name === "" ? "a file" : name},{" "}
          {toSize(Math.floor((value.length * 3) / 4))}{" "}
          <button
            type="button"
            class="link-button"
            onClick={() => {
              onChange(undefined);
            }}
          >
            Remove
          </button>
        </span>
      )}
    </FieldFrame>
  );
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}
