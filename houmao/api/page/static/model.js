// What the page knows of each agent, and which of them need a person first. Pure: no page, no server.

export const keyOf = (agent) => `${agent.agent_id}@${agent.host}`;

/** An agent of `/houmao/states` as a row. */
export function rowOf(agent) {
  const { state, headless } = agent;
  const now = headless ?? state;
  return known({
    key: keyOf(agent),
    name: agent.agent_name,
    tool: agent.tool,
    host: agent.host,
    folder: state?.folder ?? "",
    session: agent.tmux_session_name,
    headless: Boolean(headless),
    availability: headless?.availability ?? state?.diagnostics.availability ?? "unavailable",
    phase: now?.turn.phase ?? "unknown",
    blockedOn: state?.surface.blocked_on ?? null,
    draft: state?.surface.editing_input === "yes",
    since: state?.blocked_since ?? state?.turn.phase_since
      ?? headless?.active_turn_started_at_utc ?? null,
    result: resultOf(now?.last_turn.result),
    unseen: state?.unseen ?? false,
  });
}

/** How a turn ended, in the words of the command line. */
const resultOf = (told) => (told ?? "none").replace(/^known_/, "");

/** Whether nothing that is known of an agent differs. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The row after a `transition` event about its agent. */
export function after(row, event) {
  const changed = event.changed_fields;
  const moved = changed.includes("turn_phase") || changed.includes("blocked_on");
  return known({
    ...row,
    name: event.agent_name ?? row.name,
    availability: event.availability ?? row.availability,
    phase: event.turn_phase ?? row.phase,
    blockedOn: event.blocked_on,
    draft: event.editing_input === "yes",
    since: moved ? event.recorded_at : row.since,
    result: resultOf(event.last_turn_result ?? row.result),
    unseen: event.unseen,
  });
}

/** The kinds of states, those that need a person first. */
export const KINDS = ["blocked", "failed", "done", "ready", "active", "unknown", "away"];

/** The row with its `kind`, for colour and order: told once, asked at each comparison. */
const known = (row) => ({ ...row, kind: kindOf(row) });

// The order is the command line's: what cannot be seen, who waits for a person, what it does.
function kindOf({ availability, blockedOn, phase, result, unseen }) {
  if (availability !== "available" && availability !== "unknown") return "away";
  // A menu over a running turn keeps nobody waiting.
  if (blockedOn && !(blockedOn === "menu" && phase === "active")) return "blocked";
  if (phase !== "ready") return phase === "active" ? "active" : "unknown";
  if (result === "failure") return "failed";
  return unseen ? "done" : "ready";
}

/** The state in the words of the command line. */
export function wordOf({ kind, blockedOn, availability, draft }) {
  if (kind === "blocked") return `blocked: ${blockedOn.replaceAll("_", " ")}`;
  if (kind === "away") return availability.replaceAll("_", " ");
  if (kind === "active") return kind;
  if (draft) return "draft typed";
  return kind === "failed" ? "ready" : kind;
}

const since = (row) => (row.since ? Date.parse(row.since) : Infinity);

/** Order of two rows: who waits for a person, and has for longest, comes first. */
export function compare(one, other) {
  if (one.kind !== other.kind) return KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  if (one.kind === "blocked" && since(one) !== since(other)) return since(one) - since(other);
  return one.name < other.name ? -1 : one.name > other.name ? 1 : one.key < other.key ? -1 : 1;
}

/** Whether a row is wanted: every word of the filter stands somewhere in it. */
export function matches(row, text, kind) {
  if (kind && row.kind !== kind) return false;
  if (!text) return true;
  const all = [row.name, row.tool, row.host, row.folder, wordOf(row), row.session];
  const where = all.join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => where.includes(word));
}

/** Seconds as people say them: 4s, 12m, 3h, 2d. */
export function age(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  return whole < 86400 ? `${Math.floor(whole / 3600)}h` : `${Math.floor(whole / 86400)}d`;
}
