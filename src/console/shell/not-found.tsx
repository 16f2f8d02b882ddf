/** What is shown for an address that means nothing. */
import { PageHead } from "../parts/page-head.tsx";
import { Empty } from "../parts/states.tsx";

export function NotFound() {
  return (
    <>
      <PageHead title="Not found" />
      <Empty icon="search" title="This page does not exist">
        <a href="/">Go to the actions</a>
      </Empty>
    </>
  );
}
