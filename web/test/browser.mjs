// Debian's Chromium, driven by playwright-core; what the test of the page and the measurement of its frames share.
import { chromium } from "playwright-core";

export const kChromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

export async function launch() {
  return chromium.launch({ executablePath: kChromium, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"] });
}

// A page of the lab; what the browser complains of, and whom it asks, is kept.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("data:")) page.complaints.push(`asks ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForFunction(() => globalThis.store?.routers.length > 0 && globalThis.frames.drawn > 0);
  return page;
}
