// One wave over time, three ways, on one axis: who has the route, how many UPDATEs came where, and both as sums.

import uPlot from "uplot";

import { milliseconds, palette, ramp, size_canvas, kFont } from "./paint";
import type { Store, Wave } from "./store";

const kLeft = 46; // of all plots, so that one instant is one vertical line
const kRight = 42;
const kTop = 6;

function copy_of(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext("2d")!.drawImage(canvas, 0, 0);
  return copy;
}

export class Plots {
  private chart: uPlot | undefined;
  private chart_key = "";
  private bins = 0;
  private counts = new Float64Array(0); // UPDATEs, bins × routers
  private sums = new Float64Array(0);
  private most = 0;
  private heat_key = "";
  private heat_image: HTMLCanvasElement | undefined;
  private wave_key = "";
  private wave_image: HTMLCanvasElement | undefined;
  private readonly chart_at = document.createElement("div"); // the instant's line, over the chart

  constructor(
    private readonly store: Store,
    private readonly wave: HTMLCanvasElement,
    private readonly heat: HTMLCanvasElement,
    private readonly heat_caption: HTMLElement,
    private readonly chart_area: HTMLElement,
  ) {
    this.chart_at.className = "instant";
  }

  // Colours or sizes are others now.
  forget(): void {
    this.chart?.destroy();
    this.chart = undefined;
    this.chart_key = this.heat_key = this.wave_key = "";
  }

  // `key` changes with the wave; `at`: the instant chosen, µs since the lab's start.
  draw(wave: Wave | undefined, key: string, at: number): void {
    this.draw_wave(wave, key, at);
    this.draw_heat(wave, key, at);
    this.draw_chart(wave, key, at);
  }

  private frame(canvas: HTMLCanvasElement, wave: Wave | undefined) {
    const colors = palette();
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const context = size_canvas(canvas, width, height);
    context.clearRect(0, 0, width, height);
    const plot = { x: kLeft, y: kTop, w: Math.max(1, width - kLeft - kRight), h: height - 2 * kTop };
    context.fillStyle = colors.sunk;
    context.fillRect(plot.x, plot.y, plot.w, plot.h);
    const count = Math.max(1, this.store.routers.length);
    const span = wave ? Math.max(1, wave.to - wave.from) : 1;
    const x = (t: number) => plot.x + Math.max(0, Math.min(1, (t - (wave?.from ?? 0)) / span)) * plot.w;
    const y = (router: number) => plot.y + (router / count) * plot.h;
    return { context, colors, plot, count, span, x, y, row: plot.h / count };
  }

  private finish(frame: ReturnType<Plots["frame"]>, wave: Wave | undefined, at: number): void {
    const { context, colors, plot, count, row } = frame;
    context.fillStyle = colors.soft;
    context.font = `11px ${kFont}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((one) => (count / one) * 17 <= plot.h) ?? 2000;
    for (let router = 0; router < count; router += step)
      context.fillText(String(router), plot.x - 7, Math.min(plot.y + plot.h - 4, Math.max(plot.y + 5, plot.y + (router + 0.5) * row)));
    if (!wave) return;
    const x = frame.x(at);
    context.strokeStyle = colors.text;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, plot.y);
    context.lineTo(x, plot.y + plot.h);
    context.stroke();
  }

  private draw_wave(wave: Wave | undefined, key: string, at: number): void {
    const frame = this.frame(this.wave, wave);
    if (wave) {
      const image_key = `${key} ${this.wave.width} ${this.wave.height}`;
      if (image_key !== this.wave_key) {
        this.wave_key = image_key;
        this.paint_wave(frame, wave);
        this.wave_image = copy_of(this.wave);
      } else {
        const { context } = frame;
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.drawImage(this.wave_image!, 0, 0);
        const ratio = this.wave.width / this.wave.clientWidth;
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
      }
    }
    this.finish(frame, wave, at);
  }

  private paint_wave(frame: ReturnType<Plots["frame"]>, wave: Wave): void {
    const { context, colors, plot, x, y, row } = frame;
    const { at: times, router, detail, error } = this.store.routes;
    const late = new Map<number, number>(); // by row: its place among the wave's changes
    wave.rows.forEach((one, i) => late.set(one, i / wave.rows.length));
    // Where each router's last stretch with the route began; below 0: it has none.
    const since = new Float64Array(this.store.routers.length).fill(-1);
    const tint = new Float32Array(this.store.routers.length);
    for (let i = 0; i < since.length; ++i) if (wave.had[i]) since[i] = wave.from;
    const thick = Math.max(row, 0.75);
    context.globalAlpha = 0.3;
    const stretch = (who: number, from: number, to: number) => {
      context.fillStyle = ramp(tint[who]!);
      context.fillRect(x(from), y(who), x(to) - x(from), thick);
    };
    for (const one of wave.rows) {
      const who = router[one]!;
      if (since[who]! >= 0) stretch(who, since[who]!, times[one]!);
      since[who] = detail[one] === 0 ? -1 : times[one]!;
      tint[who] = late.get(one)!;
    }
    for (let who = 0; who < since.length; ++who) if (since[who]! >= 0) stretch(who, since[who]!, wave.to);
    context.globalAlpha = 1;
    const mark = Math.max(2.5, Math.min(5, plot.w / 160));
    for (const one of wave.rows) {
      const here = times[one]!;
      context.fillStyle = detail[one] === 0 || error[one] ? colors.bad : ramp(late.get(one)!);
      const left = Math.min(x(here), plot.x + plot.w - mark);
      context.fillRect(left, y(router[one]!), mark, Math.max(1, row));
    }
  }

  private count(wave: Wave): void {
    this.bins = Math.max(40, Math.min(220, Math.round((this.heat.clientWidth - kLeft - kRight) / 4)));
    const routers = this.store.routers.length;
    this.counts = new Float64Array(this.bins * routers);
    this.sums = new Float64Array(this.bins);
    this.most = 0;
    const { at, router, what, length } = this.store.received;
    const span = Math.max(1, wave.to - wave.from);
    for (let row = 0; row < length; ++row) {
      const place = (at[row]! - wave.from) / span;
      if (place < 0 || place > 1) continue;
      const bin = Math.min(this.bins - 1, Math.floor(place * this.bins));
      const cell = router[row]! * this.bins + bin;
      this.counts[cell]! += what[row]!;
      this.sums[bin]! += what[row]!;
      this.most = Math.max(this.most, this.counts[cell]!);
    }
  }

  private draw_heat(wave: Wave | undefined, key: string, at: number): void {
    const frame = this.frame(this.heat, wave);
    const { context, colors, plot, count } = frame;
    if (wave) {
      const image_key = `${key} ${this.heat.clientWidth}`;
      if (image_key !== this.heat_key) {
        this.heat_key = image_key;
        this.count(wave);
        this.heat_image = document.createElement("canvas");
        this.heat_image.width = this.bins;
        this.heat_image.height = count;
        const paint = this.heat_image.getContext("2d")!;
        const image = paint.createImageData(this.bins, count);
        const scale = Math.log1p(Math.max(1, this.most));
        for (let cell = 0; cell < this.counts.length; ++cell) {
          const value = this.counts[cell]!;
          if (value === 0) continue;
          image.data.set(colors.heat, cell * 4);
          image.data[cell * 4 + 3] = Math.round(255 * (0.22 + 0.78 * (Math.log1p(value) / scale)));
        }
        paint.putImageData(image, 0, 0);
        const bin = milliseconds((wave.to - wave.from) / this.bins);
        this.heat_caption.textContent = this.most === 0 ? "UPDATEs received: none that is still known" : `UPDATEs received: at most ${this.most} by one router in ${bin}`;
      }
      context.imageSmoothingEnabled = count > plot.h * 1.5;
      context.drawImage(this.heat_image!, plot.x, plot.y, plot.w, plot.h);
    }
    this.finish(frame, wave, at);
  }

  private draw_chart(wave: Wave | undefined, key: string, at: number): void {
    const chart_key = `${key} ${this.chart_area.clientWidth}`;
    if (chart_key !== this.chart_key) {
      this.chart_key = chart_key;
      this.make_chart(wave);
    }
    const part = wave ? (at - wave.from) / Math.max(1, wave.to - wave.from) : 0;
    const width = this.chart_area.clientWidth - kLeft - kRight;
    this.chart_at.hidden = !wave;
    this.chart_at.style.transform = `translateX(${(kLeft + part * width).toFixed(1)}px)`;
  }

  private make_chart(wave: Wave | undefined): void {
    const colors = palette();
    const x: number[] = [];
    const having: (number | null)[] = [];
    const updates: (number | null)[] = [];
    let has = 0;
    if (wave) {
      const span = wave.to - wave.from;
      const state = wave.had.slice();
      for (const one of state) has += one;
      let row = 0;
      for (let bin = 0; bin <= this.bins; ++bin) {
        const until = wave.from + (span * bin) / this.bins;
        for (; row < wave.rows.length && this.store.routes.at[wave.rows[row]!]! <= until; ++row) {
          const who = this.store.routes.router[wave.rows[row]!]!;
          const now = this.store.routes.detail[wave.rows[row]!]! === 0 ? 0 : 1;
          has += now - state[who]!;
          state[who] = now;
        }
        x.push((until - wave.from) / 1000);
        having.push(has);
        updates.push(bin < this.bins ? this.sums[bin]! : null);
      }
    }
    const data: uPlot.AlignedData = [x, having, updates];
    const routers = Math.max(1, this.store.routers.length);
    const axis = { stroke: colors.soft, font: `11px ${kFont}`, grid: { stroke: colors.line, width: 1 }, ticks: { show: false } };
    this.chart?.destroy();
    this.chart = new uPlot(
      {
        width: this.chart_area.clientWidth,
        height: this.chart_area.clientHeight,
        padding: [8, 0, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 1, (low ?? 0) + 0.001)] },
          routers: { range: [0, routers] },
          updates: { range: (_, __, high) => [0, Math.max(1, high ?? 1)] },
        },
        axes: [
          { ...axis, size: 26, values: (_, all) => all.map((one, i) => (i === all.length - 1 ? `${one} ms` : `${one}`)) },
          { ...axis, scale: "routers", size: kLeft, gap: 6, values: (_, all) => all.map((one) => (Number.isInteger(one) ? `${one}` : "")) },
          { ...axis, scale: "updates", side: 1, size: kRight, gap: 6, grid: { show: false }, values: (_, all) => all.map((one) => (Number.isInteger(one) ? `${one}` : "")) },
        ],
        series: [
          {},
          { scale: "routers", stroke: colors.accent, width: 2, paths: uPlot.paths.stepped!({ align: 1 }), points: { show: false } },
          { scale: "updates", stroke: "#d6487f", fill: "rgba(214,72,127,0.16)", width: 1.2, points: { show: false } },
        ],
      },
      data,
      this.chart_area,
    );
    this.chart_area.append(this.chart_at);
  }
}
