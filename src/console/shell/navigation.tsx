/** The way around: beside the page, or below it on a phone. */
import { useLocation } from "preact-iso";
import { askForKey, forgetKey, keyGeneration, readKey } from "../api/key.ts";
import { Icon, type IconName } from "../parts/icon.tsx";

const PLACES: readonly {
  path: string;
  icon: IconName;
  name: string;
  /** What else belongs to it. */
  isWithin: (path: string) => boolean;
}[] = [
  {
    path: "/",
    icon: "actions",
    name: "Actions",
    isWithin: (path) => path === "/" || path.startsWith("/actions"),
  },
  {
    path: "/runs",
    icon: "runs",
    name: "Runs",
    isWithin: (path) => path.startsWith("/runs"),
  },
  {
    path: "/callbacks",
    icon: "callbacks",
    name: "Callbacks",
    isWithin: (path) => path.startsWith("/callbacks"),
  },
  {
    path: "/server",
    icon: "server",
    name: "Server",
    isWithin: (path) => path.startsWith("/server"),
  },
];

export function Navigation() {
  const { path } = useLocation();
  return (
    <nav class="navigation" aria-label="Console">
      <a class="brand" href="/" aria-label="actiond: go to the actions">
        <span class="brand-mark" aria-hidden="true">
          <Icon name="actions" />
        </span>
        <span class="brand-name">actiond</span>
      </a>
      <ul class="places">
        {PLACES.map((place) => (
          <li key={place.path}>
            <a
              class="place"
              href={place.path}
              {...(place.isWithin(path)
                ? { "aria-current": "page" as const }
                : {})}
            >
              <Icon name={place.icon} />
              <span>{place.name}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="navigation-foot">
        <a class="place" href="/docs">
          <Icon name="docs" />
          <span>API docs</span>
        </a>
        <KeyButton />
      </div>
    </nav>
  );
}

function KeyButton() {
  const hasKey = keyGeneration.value >= 0 && readKey() !== undefined;
  return (
    <button
      type="button"
      class="place"
      onClick={() => {
        if (hasKey) forgetKey();
        else askForKey();
      }}
    >
      <Icon name="key" />
      <span>{hasKey ? "Forget key" : "Enter key"}</span>
    </button>
  );
}
