// How long a frame of the page takes: node frames.mjs URL. A whole replay of the wave that is shown, at the screen's own
// pace; prints JSON.
import { launch, open } from "./browser.mjs";

const browser = await launch();
const page = await open(browser, process.argv[2], { reducedMotion: "no-preference", viewport: { width: 1440, height: 1000 } });
await page.waitForFunction(() => globalThis.store.lab?.phase === "converged" && !document.getElementById("at").disabled, undefined, { timeout: 120_000 });
await page.waitForTimeout(1000);
const result = await page.evaluate(async () => {
  const { frames, store } = globalThis;
  frames.times.length = 0;
  const gaps = [];
  let before = performance.now();
  let watching = true;
  const watch = (now) => {
    gaps.push(now - before);
    before = now;
    if (watching) requestAnimationFrame(watch);
  };
  document.getElementById("play").click();
  requestAnimationFrame(watch);
  const work = [];
  const first = frames.drawn;
  await new Promise((done) => {
    const look = setInterval(() => {
      if (document.getElementById("play").getAttribute("aria-pressed") === "true") return;
      clearInterval(look);
      done();
    }, 20);
  });
  watching = false;
  work.push(...frames.times);
  const figures = (all) => {
    const sorted = all.slice().sort((a, b) => a - b);
    const at = (part) => +(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2);
    return { median: at(0.5), p95: at(0.95), slowest: at(1) };
  };
  return {
    routers: store.routers.length,
    routeChanges: store.routes.length,
    forgotten: store.lost,
    frames: frames.drawn - first,
    drawingMs: figures(work),
    betweenFramesMs: figures(gaps.slice(2)),
  };
});
console.log(JSON.stringify(result, null, 2));
if (process.argv[3]) await page.screenshot({ path: process.argv[3], fullPage: true });
await browser.close();
