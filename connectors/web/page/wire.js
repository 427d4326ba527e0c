// What chat.js needs from the browser and the server: memory, pauses, and requests that never throw.

const TIMEOUT = 15_000;
const LONGEST_PAUSE = 30_000;
const REFUSED = [400, 413, 415, 422]; // trying the same again would not help, and would hold up what comes after

// ---- memory: storage may be blocked or full; the page then works without it ----

export function recall(area, name) {
  try {
    return JSON.parse(window[area].getItem(`troly.${name}`));
  } catch {
    return null;
  }
}

export function remember(area, name, value) {
  try {
    window[area].setItem(`troly.${name}`, JSON.stringify(value));
  } catch { /* see above */ }
}

export function uuid() {
  // Not crypto.randomUUID: it is missing on plain http and on phones that stopped at an old iOS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// ---- pauses ----

const pauses = new Set();

export function pause(milliseconds) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      pauses.delete(end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    pauses.add(end);
  });
}

/** Ends every pause now: the network is back, or somebody does not want to wait. */
export function wake() {
  for (const end of [...pauses]) end();
}

/** 1, 2, 4 … 30 seconds after the first, second, third … failure in a row. */
export const backoff = (failures) => Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE);

// ---- requests; the paths are relative to the page ----

async function request(path, timeout, options = {}) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    const response = await fetch(path, { ...options, cache: "no-store", signal: controller.signal });
    const body = await response.json().catch(() => ({}));
    await renewVisit(response.status);
    return { status: response.status, ok: response.ok, body, retryAfter: Number(response.headers.get("Retry-After")) };
  } finally {
    clearTimeout(timer);
  }
}

/** The cookie was deleted or has expired: loading the page sets a new one, and the next try goes through. */
async function renewVisit(status) {
  if (status === 401 || status === 403) await fetch("./", { cache: "reload" }).catch(() => {});
}

/** Posts one item and says what became of it: its new `state`, a `note` to show, milliseconds to `wait` if told. */
export async function post({ key: id, text, payload, kind }) {
  const headers = { "Content-Type": "application/json" };
  try {
    const body = JSON.stringify({ id, text, payload, kind });
    return verdict(await request("messages", TIMEOUT, { method: "POST", headers, body }));
  } catch {
    return { state: "stuck", note: navigator.onLine ? "" : "Máy đang mất mạng. Có mạng lại là tự gửi." };
  }
}

function verdict({ status, ok, body, retryAfter }) {
  if (ok) return { state: "sent", note: "", sent: Date.now() };
  if (REFUSED.includes(status)) return { state: "refused", note: body.error || "Tin này không gửi được." };
  const note = (status === 429 && body.error) || "";
  return { state: "stuck", note, wait: 1000 * (body.retry_after || retryAfter || 0) };
}

/** One poll, which the server may hold for `wait` seconds: {replies, typing, next}, or null when it went wrong. */
export async function fetchReplies(after, wait) {
  try {
    const { ok, body } = await request(`replies?after=${after}&wait=${wait}`, wait * 1000 + TIMEOUT);
    if (!ok || !Array.isArray(body.replies) || !Number.isInteger(body.next)) return null;
    return { replies: body.replies.map(decode), typing: Boolean(body.typing), next: body.next };
  } catch {
    return null;
  }
}

// One reply with a part missing must not end the conversation.
function decode({ number, to, text, buttons, links, feedback }) {
  const list = (value) => (Array.isArray(value) ? value.filter(Boolean) : []);
  return { number, to, text: String(text ?? ""), buttons: list(buttons), links: list(links), feedback: Boolean(feedback) };
}
