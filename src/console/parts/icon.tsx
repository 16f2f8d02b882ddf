/** Icons drawn as strokes in a square of 24 units. Screen readers skip them: the text or the label beside them says it. */

const PATHS = {
  actions:
    "M7 4.8v14.4c0 .8.9 1.300 1.600.9l11-7.200a1 1 0 0 0 0-1.800l-11-7.200C7.900 3.500 7 4 7 4.800z",
  runs: "M4 6h16M4 12h16M4 18h10",
  callbacks:
    "M4 12a8 8 0 0 1 13.700-5.600L20 8.500M20 4v4.500h-4.500M20 12a8 8 0 0 1-13.700 5.600L4 15.500M4 20v-4.500h4.500",
  server: "M4 5.500h16v5H4zM4 13.500h16v5H4zM7.500 8h.01M7.500 16h.01",
  docs: "M6 3.500h8.500L19 8v12.500H6zM14 3.500V8.500h5M9 12.500h7M9 16h7",
  key: "M14.500 9.500m-4.500 0a4.500 4.500 0 1 0 9 0a4.500 4.500 0 1 0-9 0M11.300 12.700 4 20v.5h3.500v-2h2v-2h2",
  search:
    "M10.500 10.500m-6.500 0a6.500 6.500 0 1 0 13 0a6.500 6.500 0 1 0-13 0M15.500 15.500 20.500 20.500",
  close: "M6 6l12 12M18 6 6 18",
  check: "M4.500 12.500l5 5L19.500 7",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  download: "M12 4v11M7 10.500l5 5 5-5M4.500 20h15",
  cancel:
    "M12 12m-8.500 0a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M6 6l12 12",
  repeat:
    "M4 12a8 8 0 0 1 13.700-5.600L20 8.500M20 4v4.500h-4.500M20 12a8 8 0 0 1-14.500 4.600",
  clock:
    "M12 12m-8.500 0a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M12 7v5.500l3.500 2",
  alert: "M12 4 2.500 20h19zM12 10v4.500M12 17.200v.1",
  edit: "M4 20l1-4.500L16.500 4l3.500 3.500L8.500 19z",
  trash: "M4.500 7h15M9.500 7V4h5v3M6.500 7l1 13h9l1-13",
  file: "M6 3.500h8.500L19 8v12.500H6zM14 3.500V8.500h5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
