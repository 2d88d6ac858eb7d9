// Colours and canvases, as the user's scheme has them.

export interface Palette {
  card: string;
  sunk: string;
  line: string;
  text: string;
  soft: string;
  accent: string;
  bad: string;
  node: string;
  node_text: string;
  link: string;
  heat: [number, number, number];
}

let known: Palette | undefined; // asking the browser costs more than a frame's share
export function forget_palette(): void {
  known = undefined;
}
export function palette(): Palette {
  return (known ??= read_palette());
}

function read_palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const heat = value("heat").split(",").map(Number);
  return {
    card: value("card"),
    sunk: value("sunk"),
    line: value("line"),
    text: value("text"),
    soft: value("text-soft"),
    accent: value("accent"),
    bad: value("bad"),
    node: value("node"),
    node_text: value("node-text"),
    link: value("link"),
    heat: [heat[0] ?? 0, heat[1] ?? 0, heat[2] ?? 0],
  };
}

// Early is blue, late is orange.
const kStops = [
  [43, 89, 195],
  [138, 72, 196],
  [214, 72, 127],
  [240, 144, 60],
] as const;
const kSteps = 64;
const kRamp = Array.from({ length: kSteps + 1 }, (_, i) => {
  const place = (i / kSteps) * (kStops.length - 1);
  const left = Math.min(kStops.length - 2, Math.floor(place));
  const mix = kStops[left]!.map((from, c) => Math.round(from + (kStops[left + 1]![c]! - from) * (place - left)));
  return `rgb(${mix.join(",")})`;
});
export const ramp = (late: number): string => kRamp[Math.max(0, Math.min(kSteps, Math.round(late * kSteps)))]!;
// What is readable on it.
export const ink_on = (late: number): string => (late > 0.78 ? "#1c1206" : "#ffffff");

// A canvas as sharp as the screen; the size is in CSS pixels.
export function size_canvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

export const kFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

export function milliseconds(us: number): string {
  const ms = us / 1000;
  if (Math.abs(ms) >= 10_000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms >= 100 ? 1 : 3)} ms`;
}
