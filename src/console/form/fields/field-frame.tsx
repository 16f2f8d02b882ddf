/** What surrounds a control: its label, its help, and what the server found wrong with it. */
import type { ComponentChildren } from "preact";
import { type FieldProps, idsOf, useFormContext } from "../context.ts";

export function FieldFrame(
  props: FieldProps & { children: ComponentChildren; isInline?: boolean },
) {
  const { label, path, isRequired, schema, isInline = false } = props;
  const { id } = idsOf(path);
  const text = (
    <label for={id} class="field-label">
      {label}
      {!isRequired && <span class="field-optional">optional</span>}
    </label>
  );
  return (
    <div class={isInline ? "field field-inline" : "field"}>
      {isInline ? (
        <div class="field-row">
          {props.children}
          {text}
        </div>
      ) : (
        <>
          {text}
          {props.children}
        </>
      )}
      <FieldNotes path={path} description={schema.description} />
    </div>
  );
}

/** Help and error below a field or a group of them. */
export function FieldNotes(props: {
  path: string;
  description: string | undefined;
}) {
  const { errors } = useFormContext();
  const { help, error } = idsOf(props.path);
  const message = errors.get(props.path);
  return (
    <>
      {props.description !== undefined && (
        <p id={help} class="field-help">
          {props.description}
        </p>
      )}
      {message !== undefined && (
        <p id={error} class="field-error">
          {message}
        </p>
      )}
    </>
  );
}

/** What ties a control to its notes. */
export function useControl({ path, schema, isRequired }: FieldProps) {
  const { errors } = useFormContext();
  const ids = idsOf(path);
  const isWrong = errors.has(path);
  const notes = [
    ...(schema.description === undefined ? [] : [ids.help]),
    ...(isWrong ? [ids.error] : []),
  ];
  return {
    id: ids.id,
    "aria-required": isRequired,
    ...(isWrong ? { "aria-invalid": true } : {}),
    ...(notes.length === 0 ? {} : { "aria-describedby": notes.join(" ") }),
  } as const;
}
