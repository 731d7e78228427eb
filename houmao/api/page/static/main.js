// Puts the page together: what is shown, and the keys that move in it.

import { read, signIn } from "./api.js";
import { agentView } from "./agent.js";
import { element, setText } from "./dom.js";
import { follow } from "./fleet.js";
import { wordOf } from "./model.js";
import { table } from "./table.js";

const at = (id) => document.getElementById(id);
const fleet = table(at("rows"), at("counts"));
let rows = new Map();
let view = null;
let reread = () => {};

function wantedKey() {
  const found = location.hash.match(/^#\/agent\/(.+)$/);
  return found ? decodeURIComponent(found[1]) : null;
}

function show() {
  const key = wantedKey();
  const row = key && rows.get(key);
  const left = view && view.key !== key ? view : null;
  if (left) { left.close(); view = null; }
  at("agent").hidden = !row;
  document.body.classList.toggle("open", Boolean(row));
  if (row && !view) view = agentView(at("agent"), row, reread);
  fleet.mark(key);
  // Whoever goes back by a key stands where they came from.
  if (left && !row) fleet.links().find((it) => it.hash === `#/agent/${encodeURIComponent(left.key)}`)?.focus();
}

function changed(all, keys) {
  for (const key of keys) {
    const row = all.get(key);
    if (row?.kind === "blocked") setText(at("told"), `${row.name} ${wordOf(row)}`);
  }
  rows = all;
  at("nobody").hidden = rows.size > 0;
  fleet.update(rows, keys);
  if (view && keys.includes(view.key) && rows.has(view.key)) view.update(rows.get(view.key));
  show();
}

async function showHosts() {
  const told = await read("houmao/hosts").catch(() => null);
  at("hosts").querySelector("ul").replaceChildren(...(told?.hosts ?? []).map((it) =>
    element("li", {}, `${it.host}: ${it.watched ? "watched" : "not watched"}, ${it.agents} agents`)));
}

function link(word) {
  const where = at("link");
  if (word !== "live" && where.dataset.kind === "live") {
    where.dataset.losses = Number(where.dataset.losses ?? 0) + 1;
  }
  where.dataset.kind = word;
  setText(where, word);
}

function askWho() {
  at("sign-in").hidden = false;
  at("fleet").hidden = true;
  at("secret").focus();
}

async function enter(secret) {
  try {
    await signIn(secret);
    location.replace(location.pathname);
  } catch (error) {
    askWho();
    setText(at("refused"), error.message);
  }
}

function move(step) {
  const links = fleet.links();
  const here = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, here + step))]?.focus();
}

function nextThatWaits() {
  const waiting = fleet.links().filter((it) => it.closest("tr").dataset.kind === "blocked");
  const here = waiting.findIndex((it) => it.hash === location.hash);
  if (waiting.length) location.hash = waiting[(here + 1) % waiting.length].hash;
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: nextThatWaits,
  p: () => at("prompt")?.focus(),
  "/": () => at("filter").focus(),
};

addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else location.hash = "#/";
  } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
addEventListener("hashchange", show);
at("filter").addEventListener("input", (event) => fleet.filter({ text: event.target.value }));
at("group").addEventListener("change", (event) => fleet.filter({ group: event.target.value }));
at("hosts").addEventListener("toggle", showHosts);
at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(at("secret").value);
});
setInterval(fleet.tick, 1000);

const code = location.hash.match(/^#code=(.+)$/);
if (code) {
  // Out of the address before anything else: it is of use once.
  history.replaceState(null, "", location.pathname);
  enter(decodeURIComponent(code[1]));
} else {
  reread = follow({
    changed,
    heard: (kind, event) => view?.heard(kind, event),
    link,
    refused: askWho,
  });
}
