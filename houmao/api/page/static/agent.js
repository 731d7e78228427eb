// One agent: its screen as it stands, why it is in its state, what it did, and what one may do.

import { agentPath, interrupt, prompt, read, reply, seen, turn } from "./api.js";
import { drawing, element, setText, whileSeen } from "./dom.js";
import { wordOf } from "./model.js";
import { screen } from "./screen.js";

const time = (text) => (text ? new Date(text).toLocaleTimeString() : "");

/** Do something for a person and say in `where` how it went. */
async function doing(where, begun, act) {
  setText(where, begun);
  where.dataset.kind = "";
  try {
    setText(where, await act());
    where.dataset.kind = "done";
  } catch (error) {
    setText(where, error.message);
    where.dataset.kind = "failed";
  }
}

const outcome = (told) => [told.outcome ?? told.status, told.detail].filter(Boolean).join(": ");

/** Ask for something again and again, never twice at once; what fails leaves what is shown. */
function asking(path, show) {
  let busy = false;
  let again = false;
  return async function ask() {
    if (busy) { again = true; return; }
    busy = true;
    await read(path).then(show, (error) => show(null, error));
    busy = false;
    if (again) { again = false; ask(); }
  };
}

function promptForm(row, said) {
  const box = element("textarea", { id: "prompt", rows: 3, required: true,
    placeholder: "Prompt (Ctrl-Enter sends)", ariaLabel: "Prompt" });
  const send = async (event) => {
    event?.preventDefault();
    const text = box.value;
    if (!text.trim()) return;
    await doing(said, "typing …", async () => {
      const told = await (row.headless ? turn : prompt)(row.key, text);
      const word = outcome(told);
      if (told.delivered === false) throw new Error(word);
      box.value = "";
      return word || "submitted";
    });
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  });
  return element("form", { className: "prompt", onsubmit: send }, box,
    element("button", {}, "Send"),
    element("button", { type: "button", className: "quiet", onclick: () =>
      doing(said, "interrupting …", async () => outcome(await interrupt(row.key))) },
    "Interrupt"));
}

function dialogBox(row, said) {
  const box = element("section", { className: "dialog", hidden: true, ariaLabel: "Open question" });
  const answer = (digest, how) => doing(said, "answering …", async () => {
    const told = await reply(row.key, digest, how);
    if (told.delivered === false) throw new Error(outcome(told));
    return outcome(told) || "answered";
  });
  const show = (told) => {
    const open = told?.dialog;
    box.hidden = !open;
    if (!open) { delete box.dataset.digest; return; }
    if (box.dataset.digest === open.digest) return;
    box.dataset.digest = open.digest;
    box.replaceChildren(
      element("h3", {}, `Waits for you: ${open.kind}`),
      element("pre", {}, open.rows.join("\n")),
      ...open.choices.map((it) => element("button", {
        type: "button", onclick: () => answer(open.digest, { choose: it.number }),
      }, `${it.number}. ${it.label}`)));
  };
  return [box, show];
}

function historyList() {
  const list = element("ol", { className: "history" });
  return [list, (told) => told && list.replaceChildren(...told.entries.map((it) => element("li", {},
    element("time", { dateTime: it.recorded_at_utc }, time(it.recorded_at_utc)),
    ` ${it.summary.replaceAll("_", " ")} — ${it.turn_phase}`,
    it.last_turn_result === "none" ? "" : `, last turn ${it.last_turn_result}`)))];
}

function requestList() {
  const list = element("ul", { className: "requests" });
  return [list, (told) => told && list.replaceChildren(...told.requests.map((it) => element("li", {},
    element("time", {}, time(it.created_at)), ` ${it.kind.replaceAll("_", " ")} `,
    element("b", {}, it.outcome),
    it.turn_result ? `, turn ${it.turn_result}` : "", it.detail ? ` — ${it.detail}` : "")))];
}

const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

function turnList(row) {
  let newest = null;
  const list = element("ul", { className: "turns" });
  const events = element("pre", { className: "answer", ariaLabel: "Events of a turn" });
  let followed = null;
  // Asks for what is new until the turn is over, or another is looked at, or nobody looks.
  const follow = async (id) => {
    if (followed === id) return;
    followed = id;
    events.replaceChildren();
    for (let after = 0, active = true; active && followed === id;) {
      const path = agentPath(row.key, `turns/${id}/events?after=${after}&wait=20`);
      const told = document.hidden ? null : await read(path).catch(() => null);
      if (followed !== id) return;
      if (!told) { await pause(1000); continue; }
      events.append(...told.entries.map((it) => element("div", {}, `${it.kind} ${it.message}`)));
      after = told.entries.at(-1)?.number ?? after;
      active = told.status === "active";
    }
  };
  const show = (told) => {
    const turns = told?.turns ?? [];
    list.replaceChildren(...turns.map((it) => element("li", {}, element("button", {
      type: "button", className: "quiet", onclick: () => follow(it.turn_id) },
    `${time(it.started_at_utc)} ${it.status}`))));
    if (turns[0] && turns[0].turn_id !== newest) follow(newest = turns[0].turn_id);
  };
  return [element("div", {}, list, events), show, () => { followed = null; }];
}

const tokens = (it) => `${it.input} in (${it.cached} cached), ${it.output} out`;

function usageText(told) {
  if (!told) return "";
  const parts = [told.model, `last turn ${tokens(told.last_turn)}`,
    `conversation ${tokens(told.conversation)}`];
  return parts.filter(Boolean).join(" · ");
}

/** Follow an agent's screen in `where`, and say each time that it is looked at; the result ends it. */
function followScreen(row, where, looked) {
  const show = screen(where);
  let raw = "";
  const draw = drawing(() => show(raw));
  return whileSeen(() => {
    looked();
    const stream = new EventSource(agentPath(row.key, "frames?seconds=3600"));
    stream.addEventListener("frame", ({ data }) => {
      raw = JSON.parse(data).raw;
      draw();
    });
    stream.onopen = () => where.classList.remove("stale");
    stream.onerror = () => where.classList.add("stale");
    return stream;
  });
}

/**
 * The view of one agent, in `where`; `update(row)`, `heard(kind, event)` and `close()` of it.
 * `reread` is called when something has changed of which no event tells.
 */
export function agentView(where, row, reread) {
  const state = element("output", { className: "state", ariaLive: "polite" });
  const why = element("p", { className: "why" });
  const said = element("output", { className: "said", ariaLive: "polite" });
  const drawn = element("div", { className: "screen", tabIndex: 0, role: "img",
    ariaLabel: "Screen as it stands" });
  const answer = element("pre", { className: "answer" });
  const usage = element("p", { className: "usage" });
  const [dialog, showDialog] = dialogBox(row, said);
  const [history, showHistory] = historyList();
  const [requests, showRequests] = requestList();
  const [turns, showTurns, endTurns] = turnList(row);
  const part = (title, open, ...inside) =>
    element("details", { open }, element("summary", {}, title), ...inside);

  where.replaceChildren(
    element("a", { className: "back", href: "#/" }, "‹ Agents"),
    element("h2", {}, row.name, " ", state),
    element("p", { className: "whereabouts" },
      [row.tool, row.host, row.folder, row.session].filter(Boolean).join(" · ")),
    why, dialog, ...(row.headless ? [] : [drawn]), promptForm(row, said), said,
    ...(row.headless ? [part("Turns", true, turns)] : []),
    part("Last answer", true, answer, usage),
    part("Requests", false, requests),
    part("History", true, history));

  const asks = {
    dialog: asking(agentPath(row.key, "dialog"), showDialog),
    explain: asking(agentPath(row.key, "explain"), (told) => setText(why, told?.phase_reason ?
      `because ${told.phase_reason.means}` : "")),
    history: asking(agentPath(row.key, "history?limit=30"), showHistory),
    requests: asking(agentPath(row.key, "requests?limit=20"), showRequests),
    answer: asking(agentPath(row.key, "answer"), (told, error) =>
      setText(answer, told?.answer ?? error?.message ?? "")),
    usage: asking(agentPath(row.key, "usage"), (told) => setText(usage, usageText(told))),
    turns: asking(agentPath(row.key, "turns"), showTurns),
  };
  const wanted = row.headless ? ["turns", "requests"] :
    ["explain", "history", "requests", "answer", "usage"];
  const askAll = () => wanted.forEach((it) => asks[it]());

  // Whoever has an agent before their eyes sees how its turns end; who may only read keeps it so.
  let unseen = row.unseen;
  const looked = () => { if (unseen && !document.hidden) seen(row.key).then(reread, () => {}); };
  const update = (now) => {
    if (now.unseen !== unseen) { unseen = now.unseen; looked(); }
    if (now.blockedOn) asks.dialog(); else showDialog(null);
    state.dataset.kind = now.kind;
    setText(state, wordOf(now) + (now.result === "none" ? "" : ` · last turn ${now.result}`));
  };
  update(row);
  askAll();
  const close = row.headless ? endTurns : followScreen(row, drawn, looked);
  return {
    key: row.key,
    update,
    heard(kind, event) { if (event.agent_id === row.key.split("@")[0]) askAll(); },
    close,
  };
}
