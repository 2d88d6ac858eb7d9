// One loop that draws, and only when something has changed; how long that takes is shown, and kept for tests.

type Draw = (now: number) => boolean; // true: draw again in the next frame

const kKept = 120;

export class Frames {
  private dirty = false;
  private asked = false;
  readonly times: number[] = []; // ms of work in each of the last frames
  drawn = 0;

  constructor(private readonly draw: Draw, private readonly show: (median: number, slowest: number) => void) {
    setInterval(() => {
      if (this.times.length === 0) return;
      const sorted = this.times.slice().sort((a, b) => a - b);
      this.show(sorted[sorted.length >> 1]!, sorted[sorted.length - 1]!);
    }, 500);
  }

  want(): void {
    this.dirty = true;
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    this.asked = false;
    if (!this.dirty) return;
    this.dirty = false;
    const began = performance.now();
    const again = this.draw(now);
    this.times.push(performance.now() - began);
    if (this.times.length > kKept) this.times.shift();
    ++this.drawn;
    if (again) this.want();
  }
}
