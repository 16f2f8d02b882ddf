/** What can be done with what was selected in a list. */
import type { ComponentChildren } from "preact";
import { toCount } from "../format/amounts.ts";

export function Selection(props: {
  /** What a list is of, such as "run". */
  noun: string;
  count: number;
  children: ComponentChildren;
}) {
  const { noun, count, children } = props;
  return (
    <div class="selection" role="region" aria-label={`Selected ${noun}s`}>
      <span>{toCount(count, noun)} selected</span>
      <span class="spacer" />
      {children}
    </div>
  );
}
