// The page: what comes over the stream goes into the store, what the user does goes to the lab, and one loop draws.

import { ask } from "./api";
import { Chain, Has, type Standing } from "./chain";
import { Frames } from "./frames";
import { element, Inspector } from "./inspector";
import { forget_palette, milliseconds } from "./paint";
import { Plots } from "./plots";
import { LinkState, Store, type Wave } from "./store";

const store = new Store();
const frames = new Frames(draw, (median, slowest) => {
  element("frame").textContent = `frame ${median.toFixed(1)} ms, ≤ ${slowest.toFixed(1)}`;
});
const area = element("chain-area");
const chain = new Chain(store, area, element("chain") as HTMLCanvasElement, element("chain-room"));
const plots = new Plots(store, element("wave") as HTMLCanvasElement, element("heat") as HTMLCanvasElement, element("heat-caption"), element("chart"));
const inspector = new Inspector(store, say);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const slider = element("at") as HTMLInputElement;
const prefix_input = element("prefix") as HTMLInputElement;
const which = element("which") as HTMLSelectElement;

let prefix = -1; // the chosen one; -1: what moved last
let shown_prefix = -1;
let waves: Wave[] = [];
let waves_stale = true;
let waves_made = 0; // when
let chosen = -1; // of the waves; -1: the latest
let live = true;
let place = 1; // the instant: 0 the wave's beginning, 1 its end
let playing = 0; // since when; 0: not
let wave_key = "";

// --- Words ---

function say(sentence: string, bad = false): void {
  const toast = document.createElement("p");
  toast.className = bad ? "toast bad" : "toast";
  toast.textContent = sentence;
  element("toasts").append(toast);
  setTimeout(() => toast.remove(), bad ? 9000 : 4000);
}

function banner(sentence: string): void {
  element("banner").textContent = sentence;
  element("banner").hidden = sentence === "";
}

function show_phase(): void {
  const pill = element("phase");
  const up = store.links.filter((link) => link.state === LinkState.Up).length;
  const phase = store.lab?.phase ?? "";
  let text = phase;
  let tone = "wait";
  if (phase === "converged") {
    const all = up === store.links.length;
    text = all ? `converged, all ${up} sessions up` : `${up} of ${store.links.length} sessions up`;
    tone = all ? "good" : "bad";
  } else if (phase) {
    text = `${phase}: ${up} of ${store.links.length} sessions up`;
  }
  if (pill.textContent !== text) pill.textContent = text;
  pill.dataset.tone = tone;
}

function show_report(): void {
  const report = store.lab?.report;
  const routes = store.routers.reduce((sum, one) => sum + one.routes, 0);
  const figure = (value: string, unit: string, what: string): [string, string, string] => [value, unit, what];
  const time = (ms: number): [string, string] => (ms < 10_000 ? [ms.toFixed(ms < 1000 ? 1 : 0), "ms"] : [(ms / 1000).toFixed(2), "s"]);
  const figures = report
    ? [
        figure(String(report.routers), "", "routers"),
        figure(String(report.sessions), "", "sessions converged"),
        figure(routes.toLocaleString("en"), "", "routes in kernels now"),
        figure(...time(report.milliseconds.links), "built"),
        figure(...time(report.milliseconds.sessions), "sessions up"),
        figure(...time(report.milliseconds.converged), "converged"),
        figure((report.memory.pssBytes / 1048576).toFixed(1), "MiB", "memory"),
        figure(report.cpuSeconds.toFixed(2), "s", "processor time"),
      ]
    : [
        figure(String(store.routers.length), "", "routers"),
        figure(String(store.links.filter((link) => link.state === LinkState.Up).length), `/ ${store.links.length}`, "sessions"),
        figure(routes.toLocaleString("en"), "", "routes in kernels"),
        figure("–", "", "not converged yet"),
      ];
  const text = JSON.stringify(figures);
  const list = element("report");
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(
    ...figures.map(([value, unit, what]) => {
      const box = document.createElement("div");
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = what;
      dd.textContent = value;
      if (unit) {
        const small = document.createElement("small");
        small.textContent = unit;
        dd.append(small);
      }
      box.append(dt, dd);
      return box;
    }),
  );
}

// --- The wave ---

function current_wave(): Wave | undefined {
  return chosen < 0 ? waves[waves.length - 1] : waves[Math.min(chosen, waves.length - 1)];
}

function prefix_in_view(): number {
  if (prefix >= 0) return prefix;
  if (store.last_moved >= 0) return store.last_moved;
  const usual = store.prefixes.indexOf("0.0.0.0/0");
  return usual >= 0 ? usual : store.prefixes.length > 0 ? 0 : -1;
}

function refresh_waves(): void {
  const wanted = prefix_in_view();
  if (wanted !== shown_prefix) {
    shown_prefix = wanted;
    chosen = -1;
    waves_stale = true;
  }
  if (!waves_stale) return;
  waves_stale = false;
  waves_made = performance.now();
  waves = wanted < 0 ? [] : store.waves_of(wanted);
  if (document.activeElement !== prefix_input) prefix_input.value = store.prefixes[wanted] ?? "";
  const names = waves.map((one, i) => ({ value: String(i), text: `${(one.from / 1e6).toFixed(2)} s: ${one.text}` })).reverse();
  const latest = { value: "-1", text: names.length === 0 ? "none yet" : `latest: ${names[0]!.text}` };
  const options = [latest, ...names.slice(1, 200)];
  const text = JSON.stringify(options);
  if (which.dataset.shown !== text) {
    which.dataset.shown = text;
    which.replaceChildren(...options.map((one) => new Option(one.text, one.value)));
    which.value = String(chosen);
  }
  const wave = current_wave();
  const reached = wave ? new Set(Array.from(wave.rows, (row) => store.routes.router[row])).size : 0;
  const lost = store.lost > 0 ? ` · ${store.lost.toLocaleString("en")} earlier events forgotten` : "";
  element("wave-sub").textContent = wave
    ? `${wave.text}: ${reached} of ${store.routers.length} routers in ${milliseconds(wave.to - wave.from)}${lost}`
    : store.events
      ? `nothing is known of it yet${lost}`
      : "this lab keeps no events (--events 0)";
}

function at_of(wave: Wave | undefined): number {
  return wave ? wave.from + (wave.to - wave.from) * place : 0;
}

function standing_at(wave: Wave | undefined, at: number): Standing {
  const count = store.routers.length;
  const standing: Standing = { has: new Uint8Array(count), late: new Float32Array(count).fill(-1), when: new Float32Array(count) };
  if (!wave) return standing;
  for (let i = 0; i < count; ++i) standing.has[i] = wave.had[i] ? Has.Yes : Has.No;
  const span = Math.max(1, wave.to - wave.from);
  for (let i = 0; i < wave.rows.length; ++i) {
    const row = wave.rows[i]!;
    const when = store.routes.at[row]!;
    if (when > at) break;
    const router = store.routes.router[row]!;
    standing.has[router] = store.routes.detail[row] === 0 ? Has.Lost : Has.Yes;
    standing.late[router] = i / wave.rows.length;
    standing.when[router] = (when - wave.from) / span;
  }
  return standing;
}

const kReplay = 5000; // ms that a replay takes

function draw(now: number): boolean {
  if (store.routers.length === 0) return false;
  if (waves_stale && performance.now() - waves_made < 100) return true; // while a wave runs, ten times a second are enough
  refresh_waves();
  const wave = current_wave();
  if (playing > 0) {
    place = Math.min(1, (now - playing) / kReplay);
    if (place >= 1) stop_playing();
  } else if (live) {
    place = 1;
  }
  const at = at_of(wave);
  slider.value = String(Math.round(place * 1000));
  const since = wave ? milliseconds(at - wave.from) : "–";
  element("at-text").textContent = since;
  slider.setAttribute("aria-valuetext", since);
  slider.disabled = !wave;
  (element("play") as HTMLButtonElement).disabled = !wave;
  wave_key = wave ? `${shown_prefix} ${wave.from} ${wave.rows.length} ${store.received.dropped + (chosen < 0 ? store.received.length : 0)}` : "none";
  chain.draw(standing_at(wave, at), inspector.router, playing > 0 && !calm.matches ? place : 0);
  plots.draw(wave, wave_key, at);
  return playing > 0;
}

function stop_playing(): void {
  playing = 0;
  element("play").textContent = "Replay";
  element("play").setAttribute("aria-pressed", "false");
}
function set_live(on: boolean): void {
  live = on;
  element("live").setAttribute("aria-pressed", String(on));
}

element("play").addEventListener("click", () => {
  if (playing > 0) {
    stop_playing();
  } else {
    set_live(false);
    playing = performance.now() - (place >= 1 ? 0 : place * kReplay);
    element("play").textContent = "Stop";
    element("play").setAttribute("aria-pressed", "true");
  }
  frames.want();
});
element("live").addEventListener("click", () => {
  stop_playing();
  set_live(!live);
  if (live) {
    chosen = -1;
    which.value = "-1";
  }
  frames.want();
});
slider.addEventListener("input", () => {
  stop_playing();
  set_live(false);
  place = Number(slider.value) / 1000;
  frames.want();
});
which.addEventListener("change", () => {
  chosen = Number(which.value);
  stop_playing();
  set_live(chosen < 0);
  place = 1;
  waves_stale = true;
  frames.want();
});
prefix_input.addEventListener("change", () => {
  const text = prefix_input.value.trim();
  const found = store.prefixes.indexOf(text);
  if (text === "") prefix = -1;
  else if (found >= 0) prefix = found;
  else say(`No router has said anything of ${text} yet.`, true);
  waves_stale = true;
  frames.want();
});
prefix_input.addEventListener("focus", () => {
  const list = element("prefixes");
  if (list.childElementCount === Math.min(2000, store.prefixes.length)) return;
  list.replaceChildren(...store.prefixes.slice(0, 2000).map((one) => new Option(one, one)));
});

// --- The chain ---

function select(router: number, focus = false): void {
  if (router < 0 || router >= store.routers.length) return;
  inspector.select(router);
  chain.show(router);
  if (focus) area.focus();
  tip();
  frames.want();
}
function tip(): void {
  const info = store.routers[inspector.router];
  if (!info) return;
  const text = `${info.name}, AS ${info.as}: ${info.sessions} of ${info.neighbors.length} sessions up, ${info.routes} routes`;
  if (element("chain-tip").textContent !== text) element("chain-tip").textContent = text;
}

area.addEventListener("pointermove", (event) => {
  const box = area.getBoundingClientRect();
  const router = chain.at(event.clientX - box.left, event.clientY - box.top);
  if (router === chain.hovered) return;
  chain.hovered = router;
  area.style.cursor = router >= 0 ? "pointer" : "default";
  area.title = router >= 0 ? store.routers[router]!.name : "";
  frames.want();
});
area.addEventListener("pointerleave", () => {
  chain.hovered = -1;
  frames.want();
});
area.addEventListener("click", (event) => {
  const box = area.getBoundingClientRect();
  select(chain.at(event.clientX - box.left, event.clientY - box.top));
});
area.addEventListener("scroll", () => frames.want());
area.addEventListener("keydown", (event) => {
  const here = inspector.router;
  const last = store.routers.length - 1;
  const to: Record<string, number> = {
    ArrowLeft: Math.max(0, here - 1),
    ArrowRight: Math.min(last, here + 1),
    ArrowUp: chain.vertical(here, false),
    ArrowDown: chain.vertical(here, true),
    Home: 0,
    End: last,
  };
  const router = to[event.key];
  if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.4 : 1 / 1.4);
  else if (router === undefined) return;
  else select(router);
  event.preventDefault();
});

function zoom(by: number): void {
  chain.scale(by);
  chain.show(inspector.router);
  frames.want();
}
element("larger").addEventListener("click", () => zoom(1.4));
element("smaller").addEventListener("click", () => zoom(1 / 1.4));
element("previous").addEventListener("click", () => select(inspector.router - 1));
element("next").addEventListener("click", () => select(inspector.router + 1));
element("router-number").addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement;
  const number = Number(input.value.replace(/^.*?(\d+)$/, "$1"));
  if (Number.isInteger(number) && number >= 0 && number < store.routers.length) select(number);
  else {
    say(`There is no router ${input.value}: they are 0 to ${store.routers.length - 1}.`, true);
    input.value = String(inspector.router);
  }
});

// --- Motion ---

for (const op of ["pause", "step", "resume"])
  element(op).addEventListener("click", () => void order({ op }));
element("speed").addEventListener("change", (event) => {
  const speed = Number((event.target as HTMLSelectElement).value);
  void order({ op: "speed", speed });
});
// What the lab says of its motion; one that knows none says nothing.
function show_motion(answer: any): void {
  if (typeof answer.paused === "boolean") element("pause").setAttribute("aria-pressed", String(answer.paused));
  if (typeof answer.speed !== "number") return;
  const speeds = element("speed") as HTMLSelectElement;
  if (!Array.from(speeds.options).some((one) => Number(one.value) === answer.speed)) speeds.add(new Option(`${answer.speed}×`, String(answer.speed)));
  speeds.value = String(answer.speed);
}
async function order(request: Record<string, unknown>): Promise<void> {
  try {
    show_motion(await ask(request));
    const words: Record<string, string> = { pause: "Paused.", step: "One hop further.", resume: "Running again.", speed: `Speed ${request["speed"]}×.` };
    say(words[String(request["op"])] ?? "Done.");
  } catch (error) {
    say(`The lab refuses: ${(error as Error).message}`, true);
  }
}

// --- The stream ---

function legend(): void {
  const parts: [string, string][] = [["has", "has the route, early to late"], ["none", "has none"], ["lost", "has lost it"], ["down", "session down"]];
  element("chain-legend").replaceChildren(
    ...parts.map(([name, text]) => {
      const one = document.createElement("span");
      const sign = document.createElement("i");
      sign.className = name;
      one.append(sign, text);
      return one;
    }),
  );
}

function layout(): void {
  chain.layout();
  if (inspector.router >= 0) chain.show(inspector.router);
  plots.forget();
  frames.want();
}

function connect(): void {
  const stream = new EventSource("/events");
  stream.addEventListener("hello", (event) => {
    banner("");
    store.hello(JSON.parse((event as MessageEvent<string>).data));
    document.title = `${store.routers.length} routers · chainrouter`;
    area.setAttribute("aria-label", `Chain of ${store.routers.length} routers; the arrow keys choose one`);
    shown_prefix = -1;
    waves = [];
    waves_stale = true;
    layout();
    void ask({ op: "list" }).then(show_motion, () => undefined); // somebody may have paused it before
    select(inspector.router >= 0 && inspector.router < store.routers.length ? inspector.router : 0);
  });
  stream.addEventListener("lab", (event) => {
    store.lab = JSON.parse((event as MessageEvent<string>).data);
    show_phase();
    show_report();
    inspector.show_links();
  });
  stream.addEventListener("news", (event) => {
    store.news(JSON.parse((event as MessageEvent<string>).data));
    show_phase();
    show_report();
    if (store.changed_prefixes.has(prefix_in_view()) || shown_prefix !== prefix_in_view()) waves_stale = true;
    if (store.changed_routers.has(inspector.router)) inspector.touched();
    tip();
    store.changed_prefixes.clear();
    store.changed_routers.clear();
    frames.want();
  });
  stream.addEventListener("error", () => {
    const gone = stream.readyState === EventSource.CLOSED;
    banner(gone ? "The lab does not let this page in: open the address that chainrouter printed when it started." : "The lab has ended, or cannot be reached; trying again.");
    element("phase").textContent = "not connected";
    element("phase").dataset.tone = "bad";
  });
}

if (location.search) history.replaceState(null, "", location.pathname); // the token is in a cookie now
legend();
new ResizeObserver(layout).observe(document.querySelector("main")!);
for (const query of ["(prefers-color-scheme: dark)"])
  matchMedia(query).addEventListener("change", () => {
    forget_palette();
    plots.forget();
    frames.want();
  });
Object.assign(window, { chain, frames, store }); // for tests, and for who looks with the browser's tools
connect();
