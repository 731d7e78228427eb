// Calls to the server. Knows paths and failures, nothing of what is shown.

/** A call that the server refused, or that did not reach it; `status` 0 for the latter. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

function sentence(detail, fallback) {
  if (typeof detail === "string") return detail;
  if (Array.isArray(detail)) {
    return detail.map((it) => `${(it.loc ?? []).slice(1).join(".")}: ${it.msg}`).join("; ");
  }
  return fallback;
}

/** The answer to a call as JSON. Throws Refused. */
export async function call(method, path, body, headers = {}) {
  const options = { method, headers, credentials: "same-origin" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json", ...headers };
  }
  // The whole answer: published clients of the system are given less.
  const whole = `${path}${path.includes("?") ? "&" : "?"}extended=true`;
  let answer;
  try {
    answer = await fetch(whole, options);
  } catch {
    throw new Refused(0, "the server does not answer");
  }
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, sentence(told?.detail, answer.statusText));
  return told;
}

export const read = (path) => call("GET", path);

/** Path of an agent, or of something of it. */
export const agentPath = (key, rest = "") =>
  `houmao/agents/${encodeURIComponent(key)}${rest ? `/${rest}` : ""}`;

/** Type a prompt; resolves when it has left the composer, or with why it has not. */
export const prompt = (key, text) =>
  call("POST", `${agentPath(key, "requests")}?wait=60`, { prompt: text }, {
    "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()).slice(2),
  });

export const interrupt = (key) =>
  call("POST", `${agentPath(key, "interrupt")}?wait=20`);

/** Answer an open question, if it is still the one with that digest. */
export const reply = (key, digest, how) =>
  call("POST", `${agentPath(key, "reply")}?wait=20`, { digest, ...how });

/** Say that a person has seen how its last turn ended. */
export const seen = (key) => call("POST", agentPath(key, "seen"));

/** Begin a turn of an agent without a screen. */
export const turn = (key, text) => call("POST", agentPath(key, "turns"), { prompt: text });

export const signIn = (secret) => call("POST", "houmao/session", { secret });
