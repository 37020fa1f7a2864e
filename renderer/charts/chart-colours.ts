export interface ChartColours {
  text: string;
  line: string;
  accent: string;
  band: string;
  single: string;
  hull: string;
  mix: string;
  oracle: string;
  right: string;
  wrong: string;
}

export const chartColours: Record<'light' | 'dark', ChartColours> = {
  light: {
    text: '#545c66',
    line: '#e3e7ec',
    accent: '#1a64a6',
    band: '#1a64a6',
    single: '#2b3138',
    hull: '#76808b',
    mix: '#8a5a00',
    oracle: '#146c43',
    right: '#2f7fc1',
    wrong: '#c2502f',
  },
  dark: {
    text: '#a3acb7',
    line: '#2f353d',
    accent: '#86b8e6',
    band: '#86b8e6',
    single: '#e4e8ed',
    hull: '#8b95a1',
    mix: '#f1c46b',
    oracle: '#7fd6a8',
    right: '#5a9bd7',
    wrong: '#ef8d6e',
  },
};

/** Config shared by every chart: the page's font, quiet axes. */
export function chartConfig(colours: ChartColours) {
  const font = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
  return {
    background: 'transparent',
    font,
    padding: 4,
    view: { stroke: null },
    axis: {
      labelColor: colours.text,
      titleColor: colours.text,
      gridColor: colours.line,
      domainColor: colours.line,
      tickColor: colours.line,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 500 as const,
    },
    legend: { labelColor: colours.text, titleColor: colours.text, labelFontSize: 11 },
    text: { fontSize: 11, font },
  };
}
