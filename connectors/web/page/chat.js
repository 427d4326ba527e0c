// The conversation of one browser tab: what was said, what is still to be sent, what has come back.
//
// An item is one message. The resident's: {key, who, text, shown, payload, kind, hidden, state, note, sent, answered, time};
// `state` goes waiting -> sent | refused, with "stuck" for "tried, will be tried again". The assistant's:
// {key, who, number, to, about, text, buttons, links, feedback, vote, time}. The key of a resident's item is the id the
// server deduplicates by, so an item may be posted any number of times.
import {
  $, announce, atEnd, fitInput, forgetUnread, markUnread, quote, replyMessage, residentMessage, scrollToEnd, setSize, setText,
  showDelivery, showTyping, showVote, sizeName, watchBars, watchUnread,
} from "./view.js";
import { backoff, fetchReplies, pause, post, recall, remember, uuid, wake } from "./wire.js";

const PATIENCE = 60_000; // an answer normally takes a second; after this the dots would be a lie
const WAIT_SECONDS = 25; // how long the server may hold a poll
const SHORTEST_POLL = 1000;
const DOUBLE_TAP = 1500; // an unsteady hand taps twice and means once
const KEPT_ITEMS = 200;

const input = $("question");
const articles = new Map();

// `after` also outlives the tab: a new tab shows what came in meanwhile (an operator's answer), not all of history.
const state = recall("sessionStorage", "chat") ?? { items: [], after: recall("localStorage", "after") ?? 0, started: false };
let serverTypes = false;

function save() {
  state.items = state.items.slice(-KEPT_ITEMS);
  remember("sessionStorage", "chat", state);
  remember("localStorage", "after", state.after);
}

const asked = () => state.items.filter((item) => item.who === "resident");
const replies = () => state.items.filter((item) => item.who === "assistant");
const unsent = () => asked().filter((item) => item.state === "waiting" || item.state === "stuck");

// ---- sending: one at a time, in order, each until the server has accepted or refused it ----

function send(text, { payload = null, kind = "text", shown = text, hidden = false } = {}) {
  const item = { key: uuid(), who: "resident", text, shown, payload, kind, hidden, state: "waiting", note: "", time: Date.now() };
  state.items.push(item);
  show(item);
  refresh();
  if (!hidden) scrollToEnd();
  deliver();
}

let delivering = false;

async function deliver() {
  if (delivering) return;
  delivering = true;
  let failures = 0;
  for (let [item] = unsent(); item; [item] = unsent()) {
    const { wait, ...result } = await post(item);
    Object.assign(item, result);
    settleDelivery(item);
    failures = item.state === "stuck" ? failures + 1 : 0;
    // An item that "Bắt đầu lại" has thrown away holds nobody up.
    if (failures && state.items.includes(item)) await pause(wait || backoff(failures));
  }
  delivering = false;
}

function settleDelivery(item) {
  if (item.state === "refused") takeBack(item);
  if (item.state === "sent") setTimeout(refresh, PATIENCE);
  const follow = begun() && atEnd();
  refresh();
  if (follow) scrollToEnd(); // the dots have just come below the last message
}

/** What the server refused for good: a typed text goes back to be mended, a vote can be given again. */
function takeBack(item) {
  const reply = item.payload?.feedback && replies().find(({ number }) => number === item.payload.reply);
  if (reply) {
    delete reply.vote;
    showVote(articles.get(reply.key));
    announce(item.note);
  } else if (!item.payload && item.kind === "text" && !input.value) {
    input.value = item.text;
    fitInput();
  }
}

// ---- receiving ----

async function listen() {
  for (let failures = 0; ;) {
    await wanted();
    const began = Date.now();
    // After a failure the server is only asked, not held: else good news would take as long as a poll.
    const news = await fetchReplies(state.after, failures ? 0 : WAIT_SECONDS);
    setText($("connection"), news ? "" : "Đang kết nối lại…");
    if (news && failures) wake(); // the network is back: what waits to be sent can go
    receive(news ?? { replies: [], typing: false, next: state.after });
    failures = news ? 0 : failures + 1;
    if (failures) await pause(backoff(failures));
    // A proxy that does not hold the poll must not make every open page hammer the server.
    else if (!news.replies.length) await pause(SHORTEST_POLL - (Date.now() - began));
  }
}

/** A page nobody looks at and that expects nothing does not keep a connection open. */
function wanted() {
  if (!document.hidden || mood()) return undefined;
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

function receive({ replies: incoming, typing, next }) {
  const follow = atEnd();
  serverTypes = typing;
  // A smaller number: the server counts anew (new cookie, new database), so ask for everything it has.
  state.after = next < state.after ? 0 : next;
  const fresh = incoming.map(accept).filter(Boolean);
  refresh();
  if (!fresh.length || !begun()) return; // the first greeting leaves the page at its top
  if (follow) fresh[0].scrollIntoView({ block: "start" }); // a long answer is read from its beginning
  else markUnread(fresh[0]);
}

function accept(reply) {
  const key = `${reply.number}-${reply.to}`;
  if (state.items.some((item) => item.key === key)) return null;
  const item = { ...reply, key, who: "assistant", about: about(reply.to), time: Date.now() };
  settleQuestion(reply.to);
  state.items.push(item);
  return show(item);
}

/** Says which question a reply belongs to, unless it is plainly the last one. */
function about(to) {
  const question = asked().find((item) => item.key === to);
  if (!question) return "Trả lời câu bác đã hỏi trước đó";
  const last = asked().filter((item) => !item.hidden).pop();
  return question === last || question.hidden ? "" : `Trả lời câu: “${quote(question.shown)}”`;
}

/** The server keeps the order, so a reply also settles what was sent before its question. */
function settleQuestion(to) {
  const questions = asked();
  const last = questions.findIndex((item) => item.key === to);
  for (const item of questions.slice(0, last + 1)) item.answered = true;
}

// ---- showing ----

const actions = {
  choose({ title, payload }) {
    const last = asked().pop(); // "Tiếp" of the next step is another button: its payload differs
    const isSame = last?.text === title && JSON.stringify(last.payload) === JSON.stringify(payload ?? null);
    if (!isSame || Date.now() - last.time > DOUBLE_TAP) send(title, { payload: payload ?? null });
  },
  vote(reply, vote) {
    if (reply.vote) return;
    reply.vote = vote;
    showVote(articles.get(reply.key), vote);
    const text = vote === "good" ? "👍 Đúng ý tôi" : "👎 Chưa đúng";
    send(text, { payload: { feedback: vote, reply: reply.number }, hidden: true });
  },
};

function show(item) {
  if (item.hidden) return null;
  const article = item.who === "resident" ? residentMessage(item, wake) : replyMessage(item, actions);
  articles.set(item.key, article);
  return $("log").appendChild(article);
}

function refresh() {
  showQueue();
  showTyping(mood());
  quietenOlderChoices();
  showWelcome();
  save();
}

function showQueue() {
  const queue = unsent();
  const first = queue.find((item) => !item.hidden);
  for (const item of asked().filter(({ hidden }) => !hidden)) {
    const behind = queue.includes(item) && item !== first;
    // The first visible one speaks for a stuck greeting or vote before it, too.
    const note = behind ? "Đang chờ gửi" : item.note;
    showDelivery(articles.get(item.key), item.state, note, item === first && queue[0].state === "stuck");
  }
}

function mood() {
  const questions = asked().filter((item) => !item.payload?.feedback);
  const open = questions.filter((item) => item.state === "sent" && !item.answered);
  if (serverTypes || open.some((item) => Date.now() - item.sent < PATIENCE)) return "typing";
  return open.length && open.pop() === questions.pop() ? "slow" : "";
}

/** Only the newest choices are numbered: a typed "2" means these. */
function quietenOlderChoices() {
  const given = replies();
  const newest = given.filter((item) => item.buttons.length && item.to === given[given.length - 1].to).pop();
  for (const item of given) articles.get(item.key).classList.toggle("older", item !== newest);
}

const begun = () => state.items.some((item) => item.buttons?.length || (item.who === "resident" && !item.hidden));

function showWelcome() {
  if (begun() && $("welcome").contains(document.activeElement)) $("log").focus({ preventScroll: true });
  $("welcome").hidden = begun();
}

// ---- the resident's hands ----

function start() {
  state.started = true;
  send("", { payload: { start: true }, hidden: true });
}

function restart() {
  if (state.items.length === 1 && !state.items[0].answered) return; // just started, the greeting is on its way
  state.items = [];
  articles.clear();
  $("log").replaceChildren();
  forgetUnread();
  start();
  wake();
  announce("Đã bắt đầu lại.");
}

function submit(event) {
  event.preventDefault();
  const text = input.value.trim().normalize("NFC");
  input.focus();
  if (!text) return;
  input.value = "";
  fitInput();
  send(text);
}

function submitOnEnter(event) {
  // While an input method composes (Telex), Enter ends the word. Safari tells that only by code 229.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  submit(event);
}

/** Files stay on the phone; the server is only told that one was offered, and answers that it reads text. */
function offerFile(event) {
  const data = event.clipboardData ?? event.dataTransfer;
  const [file] = data.files;
  const pasted = event.type === "paste" && data.getData("text/plain"); // text from Word also carries a picture of itself
  if (!file || pasted) return;
  event.preventDefault();
  const [kind, name] = file.type.startsWith("image/") ? ["image", "ảnh"] : ["file", "tệp"];
  send("", { kind, shown: `(Một ${name}, không được tải lên)` });
}

function changeSize(by) {
  const size = setSize(Number(document.documentElement.dataset.size) + by);
  remember("localStorage", "size", size);
  announce(sizeName(size));
}

function listenToHands() {
  $("composer").addEventListener("submit", submit);
  input.addEventListener("keydown", submitOnEnter);
  input.addEventListener("input", fitInput);
  input.addEventListener("paste", offerFile);
  document.addEventListener("drop", offerFile);
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files")) event.preventDefault(); // else the browser opens the file
  });
  $("smaller").addEventListener("click", () => changeSize(-1));
  $("larger").addEventListener("click", () => changeSize(1));
  $("restart").addEventListener("click", restart);
  for (const chip of $("welcome").querySelectorAll("button")) chip.addEventListener("click", () => send(chip.textContent));
  window.addEventListener("online", wake);
}

function begin() {
  for (const id of ["controls", "composer"]) $(id).hidden = false;
  setSize(recall("localStorage", "size") ?? 0);
  watchBars();
  watchUnread();
  listenToHands();
  state.items.forEach(show);
  refresh();
  window.history.scrollRestoration = "manual";
  if (begun()) scrollToEnd();
  // Only now: a reload must not read the whole transcript aloud.
  setTimeout(() => $("log").setAttribute("aria-live", "polite"), state.items.length ? 500 : 0);
  if (!state.started) start();
  deliver();
  listen();
}

begin();
