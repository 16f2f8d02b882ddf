/** Says that the connection is lost, and that it is mended. */
import { isLost, probe } from "../api/connection.ts";

export function ConnectionBanner() {
  return (
    <div role="status" class="banner-place">
      {isLost.value && (
        <div class="banner">
          <span class="spinner" aria-hidden="true" />
          <span>
            The server cannot be reached. The data shown may be out of date.
            Reconnecting …
          </span>
          <button type="button" class="link-button" onClick={probe}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
