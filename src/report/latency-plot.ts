// The distributions of a latency table as an SVG: for each situation one panel with the share of jobs
// over the latency. Both axes are logarithmic, the share by what is left of it (50, 90, 99 %), since
// designs differ in their tails. Plain text in, plain text out: the same bytes always.

import { type LatencyScene, percentile } from "./latency-table.ts";

// Colours that stay apart in grey and for the colour-blind (Okabe and Ito), and dashes besides.
const colours = ["#000000", "#e69f00", "#009e73", "#d55e00", "#0072b2", "#cc79a7", "#56b4e9"];
const dashes = ["", "6 3", "2 3", "", "8 3 2 3", "1 2", "4 2"];

const panel = { width: 760, height: 260, left: 70, right: 200, top: 44, bottom: 52 };
const font = 'font-family="sans-serif" font-size="12"';

/** An SVG document. */
export function latencySvg(title: string, scenes: readonly LatencyScene[]): string {
  const height = 40 + scenes.length * panel.height;
  const size = `width="${panel.width}" height="${height}" viewBox="0 0 ${panel.width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${panel.left}" y="26" font-family="sans-serif" font-size="15">${escape(title)}</text>`,
    ...scenes.flatMap((scene, i) => [
      `<g transform="translate(0 ${40 + i * panel.height})">`,
      ...panelOf(scene, rangeOf(scenes)),
      `</g>`,
    ]),
    `</svg>`,
    "",
  ].join("\n");
}

/** Whole decades around all latencies, ns. */
function rangeOf(scenes: readonly LatencyScene[]): readonly [number, number] {
  const all = scenes.flatMap((s) => s.designs.flatMap((d) => [...d.samples.totals]));
  const positive = all.filter((ns) => ns > 0);
  if (positive.length === 0) return [1_000, 10_000];
  const least = positive.reduce((a, b) => Math.min(a, b));
  const most = positive.reduce((a, b) => Math.max(a, b));
  const low = 10 ** Math.floor(Math.log10(least));
  return [low, Math.max(low * 10, 10 ** Math.ceil(Math.log10(most)))];
}

function panelOf(
  { title, designs }: LatencyScene,
  [low, high]: readonly [number, number],
): string[] {
  const { width, height, left, right, top, bottom } = panel;
  const [w, h] = [width - left - right, height - top - bottom];
  const decades = Math.log10(high / low);
  const x = (ns: number): string => px(left + (w * Math.log10(Math.max(ns, low) / low)) / decades);
  const jobs = designs.reduce((n, d) => Math.max(n, d.samples.totals.length), 10);
  // The last job is half a job away from all of them.
  const nines = Math.log10(2 * jobs);
  const y = (share: number): string =>
    px(top + h * (1 + Math.log10(Math.max(1 - share, 1 / (2 * jobs))) / nines));

  const lines = [
    `<text x="${left}" y="${top - 12}" ${font} font-weight="bold">${escape(title)}</text>`,
  ];
  for (let decade = low; decade <= high * 1.001; decade *= 10) {
    lines.push(rule(x(decade), y(0), x(decade), y(1), "#bbbbbb"));
    lines.push(label(x(decade), top + h + 18, "middle", timeText(decade)));
    for (let n = 2; n < 10 && decade < high; n++) {
      lines.push(rule(x(decade * n), y(0), x(decade * n), y(1), "#eeeeee"));
    }
  }
  for (const [share, name] of shares) {
    if (share < 1 && 1 - share < 1 / jobs) continue;
    lines.push(rule(x(low), y(share), x(high), y(share), "#bbbbbb"));
    lines.push(label(px(left - 8), Number(y(share)) + 4, "end", name));
  }
  lines.push(label(px(left + w / 2), top + h + 38, "middle", "GPU done to fence signalled"));
  const middle = top + h / 2;
  lines.push(
    `<text x="18" y="${middle}" ${font} text-anchor="middle" transform="rotate(-90 18 ${middle})">` +
      "share of jobs</text>",
    label(px(left + w + 16), top - 12, "start", "p50 / p99 / most, us", 10),
  );

  designs.forEach(({ design, samples: { totals } }, i) => {
    const style =
      `stroke="${colours[i % colours.length]}" stroke-width="2" fill="none"` +
      (dashes[i % dashes.length] === "" ? "" : ` stroke-dasharray="${dashes[i % dashes.length]}"`);
    if (totals.length > 0) lines.push(`<path d="${steps(totals, x, y)}" ${style}/>`);
    const at = top + 8 + i * 28;
    const from = left + w + 16;
    lines.push(`<line x1="${from}" y1="${at}" x2="${from + 30}" y2="${at}" ${style}/>`);
    lines.push(label(px(from + 38), at + 4, "start", design));
    if (totals.length > 0) lines.push(label(px(from + 38), at + 16, "start", figures(totals), 10));
  });
  return lines;
}

/** The distribution as a staircase: up at each latency by its share of the jobs. */
function steps(
  totals: readonly number[],
  x: (ns: number) => string,
  y: (share: number) => string,
): string {
  const path = [`M${x(totals[0])} ${y(0)}`];
  totals.forEach((ns, i) => {
    if (ns === totals[i + 1]) return;
    path.push(`H${x(ns)}`, `V${y((i + 1) / totals.length)}`);
  });
  return path.join("");
}

/** Shares that have a line, as far as there are jobs enough. */
const shares = [
  [0, "0 %"],
  [0.5, "50 %"],
  [0.9, "90 %"],
  [0.99, "99 %"],
  [0.999, "99.9 %"],
  [0.9999, "99.99 %"],
  [1, "all"],
] as const;

function figures(totals: readonly number[]): string {
  const of = [percentile(totals, 0.5), percentile(totals, 0.99), totals.at(-1)!];
  return of.map((ns) => (ns / 1000).toFixed(1)).join(" / ");
}

const px = (n: number): string => n.toFixed(1);

const rule = (x1: string, y1: string, x2: string, y2: string, colour: string): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="1"/>`;

const label = (x: string, y: number, anchor: string, text: string, size = 12): string =>
  `<text x="${x}" y="${px(y)}" font-family="sans-serif" font-size="${size}" ` +
  `text-anchor="${anchor}">${escape(text)}</text>`;

function timeText(ns: number): string {
  if (ns >= 1e9) return `${Math.round(ns / 1e9)} s`;
  if (ns >= 1e6) return `${Math.round(ns / 1e6)} ms`;
  return ns >= 1e3 ? `${Math.round(ns / 1e3)} us` : `${Math.round(ns)} ns`;
}

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
