// What the page knows of the lab: everything that came over the stream, in columns of numbers, bounded. Knows no
// document and no drawing.

export interface RouterInfo {
  name: string;
  as: number;
  id: string;
  ours: boolean;
  neighbors: string[];
  sessions: number;
  routes: number;
  failed: number;
}
export interface Link {
  number: number;
  left: number;
  right: number;
  state: LinkState;
}
export enum LinkState {
  Down,
  Up,
  NotWanted,
  Unknown,
}
export interface Report {
  hops: number;
  routers: number;
  sessions: number;
  routes: number;
  routesFailed: number;
  milliseconds: Record<"namespaces" | "links" | "listening" | "sessions" | "routes" | "converged" | "detected", number>;
  memory: { rssBytes: number; pssBytes: number };
  cpuSeconds: number;
}
export interface Lab {
  phase: string;
  target: string;
  down: { links: number[]; sessions: number[]; routers: number[] };
  report?: Report;
}

// As the server numbers them (speaker/event.h).
const enum Kind {
  Trigger,
  Link,
  Session,
  Received,
  Route,
}
const kTriggers = ["start", "announce", "withdraw", "shutdown", "enable", "clear", "refresh", "refresh", "kernel change", "stale routes gone"];
const kEstablished = 5;
export const kStates = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"];

const kMostRows = 1 << 20;

// Rows of numbers, oldest first; at its bound the older half goes.
class Columns {
  length = 0;
  dropped = 0;
  private room = 1024;
  at = new Float64Array(this.room);
  router = new Uint32Array(this.room);
  what = new Uint32Array(this.room); // prefix, or number of UPDATEs
  detail = new Uint8Array(this.room); // deciding step (0: no route); unused
  error = new Uint8Array(this.room);

  add(at: number, router: number, what: number, detail = 0, error = 0): void {
    if (this.length === this.room) this.make_room();
    const row = this.length++;
    this.at[row] = at;
    this.router[row] = router;
    this.what[row] = what;
    this.detail[row] = detail;
    this.error[row] = error;
  }
  private make_room(): void {
    if (this.room === kMostRows) {
      const half = this.room / 2;
      for (const column of [this.at, this.router, this.what, this.detail, this.error]) column.copyWithin(0, half);
      this.length = half;
      this.dropped += half;
      return;
    }
    this.room *= 2;
    const grown = <T extends { set(from: T): void }>(column: T, into: T): T => (into.set(column), into);
    this.at = grown(this.at, new Float64Array(this.room));
    this.router = grown(this.router, new Uint32Array(this.room));
    this.what = grown(this.what, new Uint32Array(this.room));
    this.detail = grown(this.detail, new Uint8Array(this.room));
    this.error = grown(this.error, new Uint8Array(this.room));
  }
}

// From what a wave may begin: an order, a link, a session that came or went.
interface Root {
  at: number;
  text: string;
  prefix: number; // -1: of none
}

export interface Wave {
  from: number; // µs since the lab's start
  to: number;
  text: string;
  rows: Uint32Array; // of store.routes, by time
  had: Uint8Array; // who had the route before it
}

export class Store {
  version = "";
  events = true;
  routers: RouterInfo[] = [];
  links: Link[] = [];
  lab: Lab | undefined;
  prefixes: string[] = [];
  routes = new Columns();
  received = new Columns();
  roots: Root[] = [];
  now = 0;
  lost = 0;
  states = new Map<number, string>(); // router * 65536 + peer → state of the session
  private been_up = new Set<number>();
  // Which prefix somebody announced or withdrew last; 0.0.0.0/0 before.
  last_moved = -1;
  changed_prefixes = new Set<number>();
  changed_routers = new Set<number>();

  // --- What the server says (app/web_feed.h) ---

  hello(data: any): void {
    this.version = data.version;
    this.events = data.events;
    this.routers = data.routers.map((one: any) => ({ ...one, sessions: 0, routes: 0, failed: 0 }));
    this.links = data.links.map((one: number[]) => ({ number: one[0]!, left: one[1]!, right: one[2]!, state: LinkState.Unknown }));
    this.prefixes = [];
    this.routes = new Columns();
    this.received = new Columns();
    this.roots = [];
    this.lost = 0;
    this.last_moved = -1;
    this.states.clear();
    this.been_up.clear();
    this.changed_prefixes.clear();
    this.changed_routers.clear();
  }

  news(data: any): void {
    this.now = data.now;
    for (const prefix of data.prefixes) this.prefixes.push(prefix);
    for (const event of data.events) this.event(event);
    for (const [, count] of data.lost) this.lost += count;
    for (const [number, sessions, routes, failed] of data.routers) {
      const router = this.routers[number];
      if (router) Object.assign(router, { sessions, routes, failed });
      this.changed_routers.add(number);
    }
    for (const [number, state] of data.links) {
      const link = this.links[number];
      if (!link) continue;
      link.state = state;
      this.changed_routers.add(link.left).add(link.right);
    }
  }

  private event(event: number[]): void {
    const [kind, router, at] = event as [number, number, number];
    const name = this.routers[router]?.name ?? "?";
    switch (kind) {
      case Kind.Trigger: {
        const prefix = event[4]!;
        if ((event[3] === 1 || event[3] === 2) && prefix >= 0) this.last_moved = prefix;
        this.root(at, `${kTriggers[event[3]!] ?? "order"} at ${name}`, prefix);
        break;
      }
      case Kind.Link:
        this.root(at, `link of ${name} ${event[4] ? "up" : "down"}`, -1);
        break;
      case Kind.Session: {
        const key = router * 65536 + event[3]!;
        const was = this.states.get(key);
        const state = kStates[event[4]!] ?? "?";
        this.states.set(key, state);
        // The first time that it comes up is no event of its own: a lab begins with that.
        const again = event[4] === kEstablished && this.been_up.has(key);
        if (event[4] === kEstablished) this.been_up.add(key);
        if (again || was === kStates[kEstablished])
          this.root(at, `session of ${name} ${event[4] === kEstablished ? "up" : "down"}`, -1);
        this.changed_routers.add(router);
        break;
      }
      case Kind.Received:
        this.received.add(at, router, event[4]!);
        break;
      case Kind.Route:
        this.routes.add(at, router, event[3]!, event[4]!, event[5]!);
        this.changed_prefixes.add(event[3]!);
        break;
    }
  }

  private root(at: number, text: string, prefix: number): void {
    if (this.roots.length > 50_000) this.roots.splice(0, 25_000);
    this.roots.push({ at, text, prefix });
  }

  // --- Waves ---

  // Every stretch of changes of a prefix that began with something of its own; oldest first. MRAI, or somebody who
  // pauses the lab, makes a wave slow, but begins none.
  waves_of(prefix: number): Wave[] {
    const rows: number[] = [];
    const { what, at, router, detail, length } = this.routes;
    for (let row = 0; row < length; ++row) if (what[row] === prefix) rows.push(row);
    rows.sort((a, b) => at[a]! - at[b]! || a - b);
    const roots = this.roots.slice().sort((a, b) => a.at - b.at);
    const waves: Wave[] = [];
    const had = new Uint8Array(this.routers.length);
    const known = new Uint8Array(this.routers.length);
    for (let first = 0, root = 0; first < rows.length; ) {
      let end = first + 1;
      for (; end < rows.length; ++end) {
        const before = at[rows[end - 1]!]!;
        const here = at[rows[end]!]!;
        if (here - before < 250_000) continue;
        if (roots.some((one) => one.at > before && one.at <= here)) break;
      }
      const begin = at[rows[first]!]!;
      while (root < roots.length && roots[root]!.at <= begin) ++root;
      let cause: Root | undefined;
      for (let i = root - 1; i >= 0 && i >= root - 200; --i) {
        const one = roots[i]!;
        if (one.prefix >= 0 && one.prefix !== prefix) continue;
        cause ??= one;
        if (one.prefix !== prefix) continue;
        if (begin - one.at < 250_000) cause = one;
        break;
      }
      const mine = rows.slice(first, end);
      // Whose first change is a loss had it before, though that may be forgotten.
      const before = had.slice();
      const seen = new Uint8Array(this.routers.length);
      for (const row of mine) {
        const who = router[row]!;
        if (!seen[who] && !known[who] && detail[row] === 0) before[who] = 1;
        seen[who] = 1;
      }
      for (const row of mine) {
        had[router[row]!] = detail[row] === 0 ? 0 : 1;
        known[router[row]!] = 1;
      }
      waves.push({
        from: cause && begin - cause.at < 2_000_000 ? cause.at : begin,
        to: at[mine[mine.length - 1]!]!,
        text: cause?.text ?? "changes",
        rows: Uint32Array.from(mine),
        had: before,
      });
      first = end;
    }
    return waves;
  }
}
