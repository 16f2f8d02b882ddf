/** The head of a page: its title, which is also the window's, and what can be done with the whole page. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

let isFirstPage = true;

export function PageHead(props: {
  title: string;
  /** What is shown as the title, if that is more than a text. */
  heading?: ComponentChildren;
  lead?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · actiond`;
  }, [props.title]);
  useEffect(() => {
    // Whoever cannot see the page hears where a link has led.
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
    isFirstPage = false;
  }, []);
  return (
    <header class="page-head">
      <div class="page-head-text">
        <h1 ref={heading} tabIndex={-1}>
          {props.heading ?? props.title}
        </h1>
        {props.lead !== undefined && <div class="page-lead">{props.lead}</div>}
      </div>
      {props.children !== undefined && (
        <div class="page-head-actions">{props.children}</div>
      )}
    </header>
  );
}
