// The table of agents: rows are kept, and only what differs in them is written.

import { element, setChildren, setText } from "./dom.js";
import { age, compare, KINDS, matches, wordOf } from "./model.js";

const WORDS = { blocked: "wait", failed: "failed", done: "done", ready: "ready", active: "active",
  unknown: "unknown", away: "away" };

function drawnRow(row) {
  const cells = Object.fromEntries(["state", "since", "last", "tool", "host"].map(
    (name) => [name, element("td", { className: name, role: "cell" })]));
  const link = element("a", { href: `#/agent/${encodeURIComponent(row.key)}` });
  const line = element("tr", { role: "row" }, element("th", { role: "rowheader" }, link), ...Object.values(cells));
  line.dataset.name = row.name;
  return { line, link, cells };
}

function write({ line, link, cells }, row, now) {
  if (line.dataset.kind !== row.kind) line.dataset.kind = row.kind;
  setText(link, row.name);
  setText(cells.state, wordOf(row));
  setText(cells.since, row.since ? age((now - Date.parse(row.since)) / 1000) : "");
  setText(cells.last, row.result === "none" ? "" : row.result);
  setText(cells.tool, row.tool);
  setText(cells.host, row.host);
}

/** The table in `body`, with counts of each kind in `counts` that filter when they are pressed. */
export function table(body, counts) {
  const drawn = new Map();
  const chips = new Map();
  const titles = new Map();
  let rows = new Map();
  let marked = null;
  let wanted = { text: "", kind: "", group: "" };

  for (const kind of KINDS) {
    const chip = element("button", { type: "button", ariaPressed: "false", onclick: () => {
      wanted.kind = wanted.kind === kind ? "" : kind;
      arrange();
    } });
    chip.dataset.kind = kind;
    chips.set(kind, chip);
    counts.append(chip);
  }

  function count() {
    const found = Object.fromEntries(KINDS.map((it) => [it, 0]));
    for (const row of rows.values()) found[row.kind] += 1;
    for (const [kind, chip] of chips) {
      setText(chip, `${found[kind]} ${WORDS[kind]}`);
      chip.hidden = !found[kind] && wanted.kind !== kind;
      chip.ariaPressed = String(wanted.kind === kind);
    }
    const waits = found.blocked ? `(${found.blocked}) ` : "";
    if (document.title !== `${waits}Houmao`) document.title = `${waits}Houmao`;
  }

  function title(name) {
    if (!titles.has(name)) {
      titles.set(name, element("tr", { className: "group", role: "row" },
        element("th", { role: "rowheader" }, name || "(none)")));
    }
    return titles.get(name);
  }

  function order() {
    const found = [...rows.values()].filter((it) => matches(it, wanted.text, wanted.kind));
    found.sort(compare);
    if (!wanted.group) return found.map((it) => drawn.get(it.key).line);
    const groups = new Map();
    for (const row of found) {
      const name = row[wanted.group];
      if (!groups.has(name)) groups.set(name, [title(name)]);
      groups.get(name).push(drawn.get(row.key).line);
    }
    return [...groups.keys()].sort().flatMap((name) => groups.get(name));
  }

  function arrange(moved = new Set()) {
    count();
    setChildren(body, order(), moved);
  }

  /** Take in which rows differ. */
  function update(all, keys) {
    rows = all;
    const now = Date.now();
    const moved = new Set();
    for (const key of keys) {
      const row = rows.get(key);
      if (!row) { drawn.delete(key); continue; }
      if (!drawn.has(key)) drawn.set(key, drawnRow(row));
      write(drawn.get(key), row, now);
      moved.add(drawn.get(key).line);
    }
    arrange(moved);
  }

  function tick() {
    const now = Date.now();
    for (const [key, each] of drawn) {
      if (each.line.isConnected && rows.has(key)) write(each, rows.get(key), now);
    }
  }

  return {
    update,
    tick,
    filter(change) { wanted = { ...wanted, ...change }; arrange(); },
    /** Links of the shown agents, from the top. */
    links: () => [...body.querySelectorAll("th a")],
    mark(key) {
      if (marked !== key) drawn.get(marked)?.line.removeAttribute("aria-current");
      drawn.get(key)?.line.setAttribute("aria-current", "true");
      marked = key;
    },
  };
}
