// The chain on a canvas: routers in rows that run to and fro, so that neighbours stay neighbours however many there
// are; coloured by when the wave came to them.

import { kFont, ink_on, palette, ramp, size_canvas } from "./paint";
import { LinkState, type Store } from "./store";

// How a router stands with the prefix at the chosen instant.
export const enum Has {
  No,
  Yes,
  Lost,
}
export interface Standing {
  has: Uint8Array; // of Has
  late: Float32Array; // how many of the wave's changes came before its last one, 0 to 1; below 0: it is none of them
  when: Float32Array; // at which part of the wave's time that was, 0 to 1
}

const kPadding = 14;

export class Chain {
  private zoom = 1;
  private pitch = 20;
  private per_row = 1;
  private left = kPadding;
  private width = 0;
  private height = 0;
  hovered = -1;

  constructor(
    private readonly store: Store,
    private readonly area: HTMLElement,
    private readonly canvas: HTMLCanvasElement,
    private readonly room: HTMLElement,
  ) {}

  scale(by: number): void {
    this.zoom = Math.max(1, Math.min(6, this.zoom * by));
    this.layout();
  }
  get zoomed(): number {
    return this.zoom;
  }

  layout(): void {
    const count = Math.max(1, this.store.routers.length);
    this.width = this.area.clientWidth;
    const fit = Math.sqrt((this.width * 260) / count);
    const narrow = this.width < 480;
    this.pitch = Math.max(narrow ? 15 : 16, Math.min(52, Math.floor(fit))) * this.zoom;
    this.per_row = Math.max(2, Math.floor((this.width - 2 * kPadding) / this.pitch));
    const rows = Math.ceil(count / this.per_row);
    this.left = Math.max(kPadding, (this.width - Math.min(count, this.per_row) * this.pitch) / 2);
    const content = rows * this.pitch + 2 * kPadding;
    this.room.style.height = `${content}px`;
    const style = getComputedStyle(this.area);
    const most = parseFloat(style.maxHeight) || content;
    this.height = Math.min(content, most);
    this.area.style.height = `${this.height}px`;
    this.width = this.area.clientWidth; // a scroll bar may have come
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
  }

  private place(router: number): [number, number] {
    const row = Math.floor(router / this.per_row);
    const column = router % this.per_row;
    const from_left = row % 2 === 0 ? column : this.per_row - 1 - column;
    return [this.left + (from_left + 0.5) * this.pitch, kPadding + (row + 0.5) * this.pitch];
  }

  // The router at a point of the area, or -1.
  at(x: number, y: number): number {
    const row = Math.floor((y + this.area.scrollTop - kPadding) / this.pitch);
    let column = Math.floor((x - this.left) / this.pitch);
    if (column < 0 || column >= this.per_row || row < 0) return -1;
    if (row % 2 === 1) column = this.per_row - 1 - column;
    const router = row * this.per_row + column;
    return router < this.store.routers.length ? router : -1;
  }
  // Above or below, for the arrow keys.
  vertical(router: number, down: boolean): number {
    const [x, y] = this.place(router);
    const other = this.at(x, y - this.area.scrollTop + (down ? this.pitch : -this.pitch));
    return other < 0 ? router : other;
  }
  show(router: number): void {
    const [, y] = this.place(router);
    const half = this.pitch / 2 + 4;
    if (y - half < this.area.scrollTop) this.area.scrollTop = y - half;
    else if (y + half > this.area.scrollTop + this.height) this.area.scrollTop = y + half - this.height;
  }

  draw(standing: Standing, selected: number, glow: number): void {
    const colors = palette();
    const context = size_canvas(this.canvas, this.width, this.height);
    context.clearRect(0, 0, this.width, this.height);
    const top = this.area.scrollTop;
    context.translate(0, -top);
    const pitch = this.pitch;
    const size = pitch * (pitch < 24 ? 0.72 : 0.66);
    const first = Math.max(0, (Math.floor((top - kPadding) / pitch) - 1) * this.per_row);
    const end = Math.min(this.store.routers.length, (Math.ceil((top + this.height) / pitch) + 1) * this.per_row);

    for (const kind of [LinkState.Up, LinkState.Unknown, LinkState.Down, LinkState.NotWanted]) {
      context.beginPath();
      for (const link of this.store.links) {
        if (link.state !== kind || link.right < first || link.left >= end) continue;
        const [x0, y0] = this.place(link.left);
        const [x1, y1] = this.place(link.right);
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
      }
      const cut = kind === LinkState.Down || kind === LinkState.NotWanted;
      context.strokeStyle = cut ? colors.bad : colors.link;
      context.lineWidth = Math.max(cut ? 2 : 1.5, pitch / (cut ? 14 : 22));
      context.setLineDash(cut ? [2, Math.max(2.5, pitch / 14)] : []);
      context.stroke();
    }
    context.setLineDash([]);

    const numbers = pitch >= 27;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.min(13, pitch * 0.29)}px ${kFont}`;
    for (let router = first; router < end; ++router) {
      const [x, y] = this.place(router);
      const info = this.store.routers[router]!;
      const has = standing.has[router]!;
      const late = standing.late[router]!;
      const box = (grow: number) => {
        context.beginPath();
        context.roundRect(x - size / 2 - grow, y - size / 2 - grow, size + 2 * grow, size + 2 * grow, size * 0.28 + grow / 2);
      };
      const ago = glow - standing.when[router]!;
      if (glow > 0 && late >= 0 && ago >= 0 && ago < 0.08) {
        context.globalAlpha = 0.35 * (1 - ago / 0.08);
        context.fillStyle = has === Has.Lost ? colors.bad : ramp(late);
        box(Math.max(2.5, pitch * 0.12));
        context.fill();
        context.globalAlpha = 1;
      }
      box(0);
      context.fillStyle = has === Has.Yes ? (late < 0 ? ramp(0) : ramp(late)) : colors.node;
      context.fill();
      if (has === Has.Lost || info.failed > 0) {
        context.strokeStyle = colors.bad;
        context.lineWidth = Math.max(1.5, pitch / 18);
        context.stroke();
      } else if (!info.ours) {
        context.strokeStyle = colors.link;
        context.lineWidth = 1.5;
        context.setLineDash([3, 2]);
        context.stroke();
        context.setLineDash([]);
      }
      if (router === selected || router === this.hovered) {
        context.strokeStyle = router === selected ? colors.text : colors.soft;
        context.lineWidth = router === selected ? 2.5 : 1.5;
        box(pitch < 24 ? 1.5 : 3);
        context.stroke();
      }
      if (numbers) {
        context.fillStyle = has === Has.Yes ? ink_on(Math.max(0, late)) : colors.node_text;
        context.fillText(String(router), x, y + 0.5);
      }
    }
  }
}
