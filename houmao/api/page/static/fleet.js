// The agents as they are now: read once, then kept by the event stream, which resumes by itself.

import { read, Refused } from "./api.js";
import { drawing, whileSeen } from "./dom.js";
import { after, keyOf, rowOf, same } from "./model.js";

/**
 * Follow the fleet. `changed(rows, keys)` gets all rows by key and which of them differ, at most
 * once a frame; `heard(kind, event)` everything else; `link(word)` how the connection stands. The
 * result has all agents be read once more, a moment later.
 */
export function follow({ changed, heard, link, refused }) {
  const rows = new Map();
  const touched = new Set();
  let waiting = [];
  let reading = false;

  const show = drawing(() => {
    const keys = [...touched];
    touched.clear();
    changed(rows, keys);
  });
  const touch = (key) => {
    touched.add(key);
    show();
  };

  const take = (event) => {
    const key = event.host ? keyOf(event) : byId(event.agent_id);
    const row = key && rows.get(key);
    if (!row || event.changed_fields.includes("availability")) again();
    if (!row) return;
    rows.set(key, after(row, event));
    touch(key);
  };
  const byId = (id) => [...rows.keys()].find((it) => it.startsWith(`${id}@`));

  let later = 0;
  const again = () => {
    // Agents that come and go are read as a whole, a little later: they come in crowds.
    later ||= setTimeout(() => { later = 0; readAll(); }, 300);
  };

  async function readAll() {
    // What is being read may be older than the reason to read.
    if (reading) { again(); return; }
    reading = true;
    try {
      const found = (await read("houmao/states")).agents.map(rowOf);
      const keys = new Set(found.map((it) => it.key));
      for (const key of rows.keys()) if (!keys.has(key)) { rows.delete(key); touch(key); }
      for (const row of found) {
        if (same(row, rows.get(row.key))) continue;
        rows.set(row.key, row);
        touch(row.key);
      }
      if (!found.length) touch("");
      const missed = waiting;
      waiting = [];
      reading = false;
      missed.forEach(take);
    } catch (error) {
      reading = false;
      if (error instanceof Refused && error.status === 401) refused();
      else setTimeout(readAll, 1000);
    }
  }

  const tell = (kind, event) => {
    if (kind === "launch" || kind === "turn") again();
    heard(kind, event);
  };
  const transition = (event) => {
    if (reading) waiting.push(event); else take(event);
    tell("transition", event);
  };

  function open() {
    let stream = null;
    let retry = 0;
    const connect = () => {
      stream = new EventSource("houmao/events");
      stream.onopen = () => { link("live"); readAll(); };
      stream.onerror = () => {
        link("reconnecting");
        // A browser gives up on an answer that is no stream; the next reading tells why.
        if (stream.readyState === EventSource.CLOSED) {
          readAll();
          retry = setTimeout(connect, 3000);
        }
      };
      stream.addEventListener("gap", readAll);
      stream.addEventListener("transition", ({ data }) => transition(JSON.parse(data)));
      for (const kind of ["request", "launch", "turn"]) {
        stream.addEventListener(kind, ({ data }) => tell(kind, JSON.parse(data)));
      }
    };
    connect();
    return { close() { clearTimeout(retry); stream.close(); } };
  }

  whileSeen(open);
  // Nothing tells that an agent's record was removed; and a hidden page keeps its title true.
  setInterval(readAll, 10_000);
  return again;
}
