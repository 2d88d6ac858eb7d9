// One router: its links, with what can be done to them, and its tables, as the router itself answers.

import { ask, table } from "./api";
import { LinkState, type Link, type Store } from "./store";

const kTabs = ["neighbors", "routes", "fib"] as const;
type Tab = (typeof kTabs)[number];

const kLinkWords: Record<LinkState, string> = {
  [LinkState.Up]: "Established",
  [LinkState.Down]: "not established",
  [LinkState.NotWanted]: "down on purpose",
  [LinkState.Unknown]: "unknown",
};

export const element = (id: string): HTMLElement => document.getElementById(id)!;

// An element with a class and children; text is text.
function make(tag: string, name: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

function duration(ms: number | undefined): string {
  if (ms === undefined) return "";
  const s = Math.floor(ms / 1000);
  if (s < 1) return `${ms} ms`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export class Inspector {
  router = -1;
  private tab: Tab = "neighbors";
  private asked = 0; // of answers, only that to the last question counts
  private timer: number | undefined;
  private links_text = "";

  constructor(
    private readonly store: Store,
    private readonly say: (sentence: string, bad?: boolean) => void,
  ) {
    for (const tab of kTabs) {
      const button = element(`tab-${tab}`);
      button.addEventListener("click", () => this.open(tab));
      button.addEventListener("keydown", (event) => {
        const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (by === 0) return;
        event.preventDefault();
        this.open(kTabs[(kTabs.indexOf(tab) + by + kTabs.length) % kTabs.length]!);
        element(`tab-${this.tab}`).focus();
      });
    }
  }

  select(router: number): void {
    const info = this.store.routers[router];
    if (!info) return;
    this.router = router;
    element("router-title").textContent = info.name;
    (element("router-number") as HTMLInputElement).value = String(router);
    this.links_text = "";
    this.show_links();
    this.show_figures();
    element("table").scrollTop = 0;
    void this.load();
  }

  // News of this router: what is shown may be old.
  touched(): void {
    this.show_links();
    this.show_figures();
    if (this.timer !== undefined) return;
    this.timer = window.setTimeout(() => {
      this.timer = undefined;
      void this.load();
    }, 300);
  }

  private show_figures(): void {
    const info = this.store.routers[this.router];
    if (!info) return;
    element("router-sub").textContent = info.ours
      ? `AS ${info.as} · ${info.id} · ${info.routes} routes${info.failed ? `, ${info.failed} refused by the kernel` : ""}`
      : `AS ${info.as} · ${info.id} · left to another speaker`;
  }

  private open(tab: Tab): void {
    this.tab = tab;
    for (const one of kTabs) {
      const button = element(`tab-${one}`);
      button.setAttribute("aria-selected", String(one === tab));
      button.tabIndex = one === tab ? 0 : -1;
    }
    element("table").setAttribute("aria-labelledby", `tab-${tab}`);
    element("table").replaceChildren();
    void this.load();
  }

  // --- Links ---

  show_links(): void {
    const mine = this.store.links.filter((link) => link.left === this.router || link.right === this.router);
    const is_down = (link: Link) => this.store.lab?.down.links.includes(link.number) ?? false;
    const text = JSON.stringify(mine.map((link) => [link.number, link.state, is_down(link)]));
    if (text === this.links_text) return;
    this.links_text = text;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.link;
    element("links").replaceChildren(
      ...mine.map((link) => {
        const other = link.left === this.router ? link.right : link.left;
        const down = is_down(link);
        const dot = make("span", "dot");
        dot.dataset.state = String(link.state);
        const button = make("button", down ? "" : "danger", down ? "Bring up" : "Take down") as HTMLButtonElement;
        button.type = "button";
        button.dataset.link = String(link.number);
        button.setAttribute("aria-label", `${down ? "Bring up" : "Take down"} link ${link.number}`);
        button.addEventListener("click", () => void this.order(link, down, button));
        const side = link.right === this.router ? "left" : "right";
        return make(
          "li", "", dot,
          make("span", "to", make("b", "", this.store.routers[other]?.name ?? "?"), make("small", "", `link ${link.number}, ${side}: ${down ? "link taken down" : kLinkWords[link.state]}`)),
          button,
        );
      }),
    );
    if (focused !== undefined) element("links").querySelector<HTMLElement>(`[data-link="${focused}"]`)?.focus();
  }

  private async order(link: Link, up: boolean, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await ask({ op: "link", number: link.number, state: up ? "up" : "down" });
    } catch (error) {
      this.say((error as Error).message, true);
    }
    button.disabled = false;
  }

  // --- Tables ---

  private async load(): Promise<void> {
    const info = this.store.routers[this.router];
    if (!info) return;
    const place = element("table");
    const number = ++this.asked;
    if (!info.ours) {
      place.replaceChildren(make("p", "empty", "This place of the chain is left to another speaker (--foreign); ask that one."));
      return;
    }
    let shown: Node[];
    try {
      shown = this.tab === "neighbors" ? await this.neighbors(info.name) : this.tab === "routes" ? await this.routes(info.name) : await this.fib(info.name);
    } catch (error) {
      shown = [make("p", "empty", `No answer: ${(error as Error).message}`)];
    }
    if (number === this.asked) place.replaceChildren(...shown);
  }

  private rows(names: [string, string][], rows: HTMLElement[][]): Node {
    const head = make("tr", "", ...names.map(([name, kind]) => {
      const cell = make("th", kind, name);
      cell.setAttribute("scope", "col");
      return cell;
    }));
    return make("table", "", make("thead", "", head), make("tbody", "", ...rows.map((cells) => make("tr", "", ...cells))));
  }

  private async neighbors(router: string): Promise<Node[]> {
    const { document: answer } = await table(router, "neighbors");
    const state = (one: any) => make("span", one.state === "Established" ? "ok" : "not", one.adminDown ? "Idle (Admin)" : one.state);
    return [
      this.rows(
        [["Neighbor", ""], ["AS", "number"], ["State", ""], ["For", "number"], ["Prefixes", "number"]],
        answer.neighbors.map((one: any) => [
          make("td", "mono", one.address),
          make("td", "number", String(one.remoteAs)),
          make("td", "", state(one)),
          make("td", "number", duration(one.uptimeMs)),
          make("td", "number", String(one.prefixesAccepted)),
        ]),
      ),
    ];
  }

  private async routes(router: string): Promise<Node[]> {
    const { document: answer, more } = await table(router, "loc");
    const path = (one: any) => {
      const words = typeof one.attributes.asPath === "string" ? one.attributes.asPath : (one.attributes.asPath ?? []).flat?.().map((as: any) => (typeof as === "object" ? (as.asns ?? as.ases ?? []).join(" ") : as)).join(" ");
      const cell = make("td", "path", words || "local");
      cell.title = words;
      return cell;
    };
    const shown = [
      this.rows(
        [["Prefix", ""], ["Next hop", ""], ["Kernel", ""], ["AS path", ""]],
        answer.routes.map((one: any) => [
          make("td", "mono", one.prefix),
          make("td", "mono", one.neighbor ? (one.attributes.nextHop ?? one.neighbor) : "here"),
          make("td", "", one.kernel === "notWanted" ? "–" : make("span", one.kernel === "installed" ? "ok" : "not", one.kernel)),
          path(one),
        ]),
      ),
    ];
    if (answer.routes.length === 0) return [make("p", "empty", "It has no route.")];
    if (more) shown.push(make("p", "empty", `The first ${answer.routes.length}; all of them: chainrouter show ${router} loc`));
    return shown;
  }

  private async fib(router: string): Promise<Node[]> {
    const answer = await ask({ op: "check-fib", router });
    const good = answer.differences === 0;
    const verdict = make(
      "p", good ? "verdict" : "verdict bad",
      make("b", "", good ? "The kernel's table is what BGP says." : `${answer.differences} differences between BGP and the kernel's table.`),
      ` ${answer.routes} routes compared.`,
    );
    if (good) return [verdict];
    return [verdict, this.rows([["Prefix", ""], ["What is wrong", ""]], answer.named.map((one: any) => [make("td", "mono", one.prefix), make("td", "", one.sentence)]))];
  }
}
