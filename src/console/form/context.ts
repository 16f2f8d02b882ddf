/** What every field of a form knows besides its own value. */
import { type ComponentType, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Schema } from "./schema.ts";

interface FormContext {
  readonly root: Schema;
  /** Message of the server by JSON Pointer. */
  readonly errors: ReadonlyMap<string, string>;
  /** A field for any schema: groups of fields are made of it, and it is made of groups. */
  readonly Field: ComponentType<FieldProps>;
}

export const FormContext = createContext<FormContext>({
  root: {},
  errors: new Map(),
  Field: () => null,
});

export function useFormContext(): FormContext {
  return useContext(FormContext);
}

export interface FieldProps {
  readonly schema: Schema;
  readonly label: string;
  /** JSON Pointer of the value. */
  readonly path: string;
  readonly value: unknown;
  readonly isRequired: boolean;
  /** @param value undefined: the member is left out */
  readonly onChange: (value: unknown) => void;
}

/** @returns ids that tie a control to its help and its error */
export function idsOf(path: string) {
  const id = `field${path}`;
  return { id, help: `${id}-help`, error: `${id}-error` };
}

/** @returns the pointer of a member (RFC 6901) */
export function childPath(path: string, name: string | number): string {
  return `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
