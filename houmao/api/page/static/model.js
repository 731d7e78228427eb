// What the page knows of each agent, and which of them need a person first. Pure: no page, no server.

export const keyOf = (agent) => `${agent.agent_id}@${agent.host}`;

/** An agent of `/houmao/states` as a row. */
export function rowOf(agent) {
  const state = agent.state;
  return known({
    key: keyOf(agent),
    name: agent.agent_name,
    tool: agent.tool,
    host: agent.host,
    folder: state?.folder ?? "",
    session: agent.tmux_session_name,
    headless: agent.headless,
    availability: state?.diagnostics.availability ?? "unavailable",
    phase: state?.turn.phase ?? agent.headless?.phase ?? "unknown",
    blockedOn: state?.surface.blocked_on ?? null,
    since: state?.turn.phase_since ?? null,
    result: state?.last_turn.result ?? agent.headless?.last_result ?? "none",
    resultAt: state?.last_turn.updated_at_utc ?? null,
  });
}

/** Whether nothing that is known of an agent differs. */
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The row after a `transition` event about its agent. */
export function after(row, event) {
  const changed = event.changed_fields;
  const moved = changed.includes("turn_phase") || changed.includes("blocked_on");
  const judged = changed.includes("last_turn_result");
  return known({
    ...row,
    name: event.agent_name ?? row.name,
    availability: event.availability ?? row.availability,
    phase: event.turn_phase ?? row.phase,
    blockedOn: event.blocked_on,
    since: moved ? event.recorded_at : row.since,
    result: event.last_turn_result ?? row.result,
    resultAt: judged ? event.recorded_at : row.resultAt,
  });
}

/** The kinds of states, those that need a person first. */
export const KINDS = ["blocked", "failed", "ready", "active", "unknown", "away"];

/** The row with its `kind`, for colour and order: told once, asked at each comparison. */
const known = (row) => ({ ...row, kind: kindOf(row) });

function kindOf(row) {
  if (row.headless) {
    if (row.phase === "active" || row.phase === "running") return "active";
    return row.result === "failure" ? "failed" : "ready";
  }
  if (row.availability !== "available") return "away";
  if (row.blockedOn) return "blocked";
  if (row.phase === "active") return "active";
  if (row.phase === "ready") return row.result === "failure" ? "failed" : "ready";
  return "unknown";
}

/** The state in the words of the command line. */
export function wordOf({ kind, blockedOn, availability }) {
  if (kind === "blocked") return `blocked: ${blockedOn.replaceAll("_", " ")}`;
  if (kind === "away") return availability.replaceAll("_", " ");
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
