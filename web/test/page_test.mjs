// The page in a browser, on a real chain of 30 hops: node page_test.mjs URL. Prints a line a check; status 1 with the
// first that fails. UPDATE=1 stores the pictures that it compares with otherwise; SHOTS: where it leaves its own.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { launch, open } from "./browser.mjs";

const url = process.argv[2];
const here = dirname(fileURLToPath(import.meta.url));
const shots = process.env.SHOTS ?? "/tmp";
const axe = await readFile(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const kRouters = 31;
const kPrefix = "203.0.113.0/24";
const said = (text) => console.log(`ok ${text}`);

const browser = await launch();
const page = await open(browser, url);
const text = (id) => page.locator(`#${id}`).innerText();
const becomes = (id, wanted) => page.waitForFunction(([one, pattern]) => new RegExp(pattern).test(document.getElementById(one).innerText), [id, wanted]);
const rows = (count) => page.waitForFunction((wanted) => document.querySelectorAll("#table tbody tr").length === wanted, count);
async function ask(request) {
  const answer = await page.request.post(new URL("/api", url).href, { data: request, headers: { Authorization: `Bearer ${new URL(url).searchParams.get("token")}` } });
  assert.equal(answer.status(), 200, await answer.text());
}
// A real click on the place of a router in the picture.
async function click_router(number) {
  const box = await page.locator("#chain-area").boundingBox();
  const [x, y] = await page.evaluate((one) => globalThis.chain.place(one), number);
  await page.mouse.click(box.x + x, box.y + y);
}
async function check_axe(where, name) {
  await where.evaluate(axe);
  const { violations } = await where.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((one) => [one.id, one.nodes.map((node) => `${node.target} ${node.failureSummary}`)]), []);
  said(`axe finds nothing, ${name}`);
}
// What varies is covered. The rest is compared in blocks of 8 by 8 pixels, so that another rounding of a letter is no
// difference and a thing at another place is.
async function compare(where, name) {
  await where.mouse.move(0, 0);
  await where.evaluate(() => (document.activeElement?.blur(), scrollTo(0, 0), document.getElementById("toasts").replaceChildren()));
  const varies = ["#report", "#frame", "#wave-sub", "#which", "#at-text", "#wave", "#heat", "#chart", "#heat-caption", "#table td.number"];
  const shot = await where.screenshot({ fullPage: true, scale: "css", mask: varies.map((one) => where.locator(one)), maskColor: "#808080" });
  await mkdir(shots, { recursive: true });
  await writeFile(join(shots, `${name}.png`), shot);
  const stored = join(here, "expected", `${name}.png`);
  if (process.env.UPDATE) {
    await mkdir(dirname(stored), { recursive: true });
    await writeFile(stored, shot);
    return said(`stored ${name}`);
  }
  const blank = await browser.newPage();
  const differing = await blank.evaluate(
    async ([one, two]) => {
      const blocks = async (base64) => {
        const octets = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const image = await createImageBitmap(new Blob([octets], { type: "image/png" }));
        const canvas = new OffscreenCanvas(Math.ceil(image.width / 8), Math.ceil(image.height / 8));
        const context = canvas.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, image.width / 8, image.height / 8);
        return { width: image.width, height: image.height, data: context.getImageData(0, 0, canvas.width, canvas.height).data };
      };
      const [a, b] = [await blocks(one), await blocks(two)];
      if (a.width !== b.width || Math.abs(a.height - b.height) > 16) return { sizes: `${a.width}x${a.height}, stored ${b.width}x${b.height}` };
      const end = Math.min(a.data.length, b.data.length);
      let different = 0;
      for (let i = 0; i < end; i += 4) if ([0, 1, 2].some((c) => Math.abs(a.data[i + c] - b.data[i + c]) > 40)) ++different;
      return { part: different / (end / 4) };
    },
    [shot.toString("base64"), (await readFile(stored)).toString("base64")],
  );
  await blank.close();
  assert.ok(differing.part < 0.02, `${name}.png differs from the stored one: ${JSON.stringify(differing)}; look at ${shots}, and store it anew with UPDATE=1 if it is right`);
  said(`looks as it should, ${name} (${(100 * differing.part).toFixed(2)} % of the blocks differ)`);
}

try {
  assert.equal(page.url(), new URL("/", url).href);
  await becomes("phase", "^converged, all 30 sessions up$");
  assert.equal(await page.locator("#report dt").count(), 8);
  said("it shows the convergence report, and the token is not in its address");

  await click_router(12);
  await becomes("router-title", "_12$");
  await rows(2);
  assert.equal(await page.locator("#table .ok").count(), 2);
  said("a click on a router shows its neighbors");

  await page.locator("#chain-area").focus();
  await page.keyboard.press("ArrowRight");
  await becomes("router-title", "_13$");
  await page.keyboard.press("End");
  await becomes("router-title", "_30$");
  await page.keyboard.press("Home");
  await becomes("router-title", "_0$");
  await page.locator("#router-number").fill("20");
  await page.keyboard.press("Enter");
  await becomes("router-title", "_20$");
  await page.locator("#tab-neighbors").focus();
  await page.keyboard.press("ArrowRight");
  await rows(33);
  await page.keyboard.press("ArrowRight");
  await becomes("table", "The kernel's table is what BGP says");
  await page.keyboard.press("ArrowLeft");
  await rows(33);
  said("the keyboard chooses routers and tables");

  await click_router(15);
  await becomes("router-title", "_15$");
  await rows(33);
  await page.getByRole("button", { name: "Take down link 16" }).click();
  await becomes("phase", "^29 of 30 sessions up$");
  await rows(17); // of its own side, the cut link's among them no more
  await becomes("links", "link taken down");
  await page.getByRole("button", { name: "Bring up link 16" }).click();
  await becomes("phase", "^converged, all 30 sessions up$");
  await rows(33);
  said("a link goes down, its routes vanish, and they come back");

  await ask({ op: "announce", router: await page.evaluate(() => globalThis.store.routers[0].name), prefix: kPrefix });
  await becomes("wave-sub", "^announce at .*: 31 of 31 routers in");
  assert.equal(await page.locator("#prefix").inputValue(), kPrefix);
  await page.locator("#at").focus();
  await page.keyboard.press("Home");
  await becomes("at-text", "^0\\.000 ms$");
  assert.equal(await page.locator("#live").getAttribute("aria-pressed"), "false");
  await page.locator("#play").click();
  await page.waitForFunction(() => Number(document.getElementById("at").value) > 20);
  await page.locator("#play").click();
  assert.equal(await page.locator("#play").getAttribute("aria-pressed"), "false");
  await page.locator("#live").click();
  await page.waitForFunction(() => document.getElementById("at").value === "1000"); // with the next frame
  said("a wave is shown as it comes, and replayed");

  await page.locator("#tab-neighbors").click();
  await click_router(12);
  await rows(2);
  await check_axe(page, "light");
  await compare(page, "light");

  for (const [name, options] of [["dark", { colorScheme: "dark" }], ["phone", { viewport: { width: 390, height: 844 } }]]) {
    const other = await open(browser, url, options);
    await other.waitForFunction((prefix) => globalThis.store.routes.length > 0 && document.getElementById("prefix").value === prefix, kPrefix);
    await other.locator("#router-number").fill("12");
    await other.locator("#router-number").press("Enter");
    await other.waitForFunction(() => document.querySelectorAll("#table tbody tr").length === 2);
    assert.equal(await other.evaluate(() => document.documentElement.scrollWidth), options.viewport?.width ?? 1280, "it is wider than the window");
    await check_axe(other, name);
    await compare(other, name);
    assert.deepEqual(other.complaints, []);
    await other.context().close();
  }

  const times = await page.evaluate(() => globalThis.frames.times.slice().sort((a, b) => a - b));
  said(`${times.length} frames of ${kRouters} routers: median ${times[times.length >> 1].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms`);
  await ask({ op: "withdraw", router: await page.evaluate(() => globalThis.store.routers[0].name), prefix: kPrefix });
  await becomes("wave-sub", "^withdraw at ");
  said("a withdrawal is a wave, too");

  const says = (words) => page.locator("#toasts .toast", { hasText: words }).first().waitFor();
  const pressed = (value) => page.waitForFunction((wanted) => document.getElementById("pause").getAttribute("aria-pressed") === wanted, value);
  await page.locator("#pause").click();
  await says(/^Paused\.$/);
  await pressed("true");
  await ask({ op: "announce", router: await page.evaluate(() => globalThis.store.routers[0].name), prefix: "203.0.113.128/25" });
  await becomes("wave-sub", "^announce at .*: 1 of 31 routers in");
  for (const router of [2, 3]) {
    await page.locator("#step").click();
    await becomes("wave-sub", `^announce at .*: ${router} of 31 routers in`);
  }
  await says(/^One hop further\.$/);
  await page.locator("#speed").selectOption("0.1");
  await says(/^Speed 0\.1×\.$/);
  await page.locator("#resume").click();
  await says(/^Running again\.$/);
  await pressed("false");
  await becomes("wave-sub", "^announce at .*: 31 of 31 routers in");
  await page.locator("#speed").selectOption("1");
  await says(/^Speed 1×\.$/);
  said("paused, a wave moves hop by hop; then slowly, then as it likes");
  assert.deepEqual(page.complaints, []);
} catch (error) {
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, "failed.png"), fullPage: true }).catch(() => undefined);
  console.log(`FAILED: ${error.stack}\nthe page then: ${join(shots, "failed.png")}; it complained: ${page.complaints.join("; ")}`);
  process.exitCode = 1;
}
await browser.close();
