/** A group of fields under one name. */
import type { ComponentChildren } from "preact";
import { type FieldProps, idsOf } from "../context.ts";
import { FieldNotes } from "./field-frame.tsx";

export function Group(
  props: FieldProps & {
    children: ComponentChildren;
    /** Beside the name. */
    aside?: ComponentChildren;
  },
) {
  const { label, path, isRequired, schema } = props;
  return (
    <fieldset class="group" id={idsOf(path).id}>
      <legend class="group-legend">
        {label}
        {!isRequired && <span class="field-optional">optional</span>}
      </legend>
      {props.aside}
      <FieldNotes path={path} description={schema.description} />
      {props.children}
    </fieldset>
  );
}
