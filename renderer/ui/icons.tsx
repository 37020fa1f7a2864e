/** The few icons, drawn on a 16-pixel grid. Decorative: the words beside them say the same. */
const paths = {
  home: 'M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z',
  datasets: 'M2.5 4h11M2.5 8h11M2.5 12h11M6 4v8',
  runs: 'M5 3.5 12 8l-7 4.5z',
  compare: 'M4.5 13V6M8 13V3M11.5 13V8.5',
  tune: 'M3 13C3.4 6 6 4 13 3.5M6.2 6.4h.01',
  policy: 'M4 2.5h5.5L12 5v8.5H4zM6 7.5h4M6 10.5h4',
  sun: 'M8 5.2A2.8 2.8 0 1 1 8 10.8 2.8 2.8 0 0 1 8 5.2M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M12.8 9.6A5.3 5.3 0 0 1 6.4 3.2a5.3 5.3 0 1 0 6.4 6.4z',
  system: 'M2.5 3.5h11v7h-11zM6 13h4M8 10.5V13',
  search: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.2 3.2',
  check: 'M3.5 8.5 6.5 11.5 12.5 4.8',
  cross: 'M4.2 4.2 11.8 11.8M11.8 4.2 4.2 11.8',
  equal: 'M3.5 6.2h9M3.5 9.8h9',
  up: 'M8 13V3.5M4 7.2 8 3.2l4 4',
  down: 'M8 3v9.5M4 8.8l4 4 4-4',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  import: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13h10',
  export: 'M8 10V2.8M4.8 5.8 8 2.6l3.2 3.2M3 13h10',
  sample: 'M2.5 4.5 8 8.5l5.5-4M2.5 4h11v8.5h-11z',
  dot: 'M8 6.4A1.6 1.6 0 1 1 8 9.6 1.6 1.6 0 0 1 8 6.4z',
  plus: 'M8 3v10M3 8h10',
  key: 'M5.5 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5M8 8h5.5v2.5M11 8v2',
  help: 'M6 6a2 2 0 1 1 2.8 1.9c-.5.2-.8.6-.8 1.1v.4M8 11.9v.2',
} as const;
export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="kp-icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
