// What the page shows: elements built from messages, and the parts around them. The conversation itself is in chat.js.
// Text from outside only ever becomes text nodes, never markup.

const CLOCK = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit" });
const QUOTE_LENGTH = 80;
const TEXT_LIMIT = 1000; // the server's; it refuses longer ones, the counter only warns
const AWAY_FROM_END = 200; // px
const SIZES = ["vừa", "to", "rất to"];

export const $ = (id) => document.getElementById(id);

function element(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function button(className, onTap, ...children) {
  const node = element("button", className, ...children);
  node.type = "button";
  node.addEventListener("click", onTap);
  return node;
}

function decoration(className, ...children) {
  const node = element("span", className, ...children);
  node.setAttribute("aria-hidden", "true");
  return node;
}

/** In live regions the same words, set again, would be read aloud again. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Read aloud by screen readers, seen by nobody. */
export function announce(text) {
  $("announcer").textContent = text;
}

// ---- text ----

/** Paragraphs and lists from plain text: "- " and "1. " begin list items, a blank line ends a paragraph. */
function blocks(text) {
  const out = document.createDocumentFragment();
  let open = null;
  for (const line of text.split(/\r?\n/)) open = addLine(out, open, line);
  return out;
}

function addLine(out, open, line) {
  // A blank line between two steps does not split their list.
  if (!line.trim()) return open?.localName === "p" ? null : open;
  const bullet = /^\s*[-•]\s+(.+)/.exec(line);
  const step = /^\s*(\d{1,2})\.\s+(.+)/.exec(line);
  const tag = bullet ? "ul" : step ? "ol" : "p";
  const block = open?.localName === tag ? open : out.appendChild(element(tag));
  if (bullet) block.append(element("li", "", bullet[1]));
  else if (step) block.append(numbered(step));
  else block.append(...(block.hasChildNodes() ? [element("br")] : []), line.trim());
  return block;
}

function numbered([, number, text]) {
  const item = element("li", "", text);
  item.value = Number(number); // keeps the writer's number when bullets stand between two steps
  return item;
}

export function quote(text) {
  return text.length > QUOTE_LENGTH ? `${text.slice(0, QUOTE_LENGTH).trimEnd()}…` : text;
}

// ---- messages ----

function message(className, label, item) {
  const time = element("time", "", CLOCK.format(item.time));
  time.dateTime = new Date(item.time).toISOString();
  const who = element("p", "who", element("span", "", label), " ", time);
  who.id = `who-${item.key}`;
  const article = element("article", `message ${className}`, who);
  article.setAttribute("aria-labelledby", who.id);
  article.tabIndex = -1;
  return article;
}

export function residentMessage(item, onRetry) {
  const article = message("resident", "Bác hỏi", item);
  const retry = button("retry", () => {
    retry.textContent = "Đang gửi lại…";
    onRetry();
  });
  retry.hidden = true;
  article.append(element("div", "text", blocks(item.shown)), element("p", "note"), retry);
  return article;
}

/** Under a resident's message: nothing when all is well, else why it has not gone, and a button when trying again helps. */
export function showDelivery(article, state, note, mayRetry) {
  article.dataset.state = state;
  const retry = article.querySelector(".retry");
  if (!mayRetry && retry === document.activeElement) article.focus({ preventScroll: true });
  retry.hidden = !mayRetry;
  setText(retry, mayRetry ? "Chưa gửi được, bấm để gửi lại" : "");
  setText(article.querySelector(".note"), note);
}

/** `actions.choose(button)` and `actions.vote(item, "good" | "bad")` are called on taps. */
export function replyMessage(item, actions) {
  const article = message("assistant", "Trợ lý trả lời", item);
  if (item.about) article.append(element("p", "about", item.about));
  article.append(element("div", "text", blocks(item.text)));
  const links = item.links.map(link).filter(Boolean);
  if (links.length) article.append(list("links", links));
  if (item.buttons.length) article.append(list("choices", choices(item, actions)));
  if (item.feedback) article.append(thumbs(item, actions));
  return article;
}

function list(className, children) {
  const node = element("ul", className, ...children.map((child) => element("li", "", child)));
  node.setAttribute("role", "list"); // Safari drops the role of a list without bullets
  return node;
}

function link({ label, url }) {
  const target = secureUrl(url);
  if (!target) return null;
  const host = element("span", "host", target.hostname); // shown, so that people see where a link leads
  const anchor = element("a", "", label || "Mở trang", " ", host, element("span", "unseen", " (mở trang mới)"));
  anchor.href = target.href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

function secureUrl(url) {
  try {
    const target = new URL(url);
    return target.protocol === "https:" ? target : null;
  } catch {
    return null;
  }
}

function choices(item, actions) {
  return item.buttons.map((choice, index) =>
    button("choice", () => actions.choose(choice), element("span", "number", `${index + 1}`), " ",
      element("span", "", choice.title)));
}

function thumbs(item, actions) {
  const group = element("div", "thumbs",
    thumb("good", "👍", "Đúng ý tôi", () => actions.vote(item, "good")),
    thumb("bad", "👎", "Chưa đúng", () => actions.vote(item, "bad")),
    element("span", "thanks"));
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Câu trả lời này có đúng ý bác không?");
  showVote(group, item.vote);
  return group;
}

function thumb(vote, sign, label, onTap) {
  const node = button("thumb", onTap, decoration("", sign), " ", label);
  node.dataset.vote = vote;
  return node;
}

export function showVote(place, vote) {
  for (const node of place.querySelectorAll(".thumb")) {
    node.setAttribute("aria-pressed", String(node.dataset.vote === vote));
    // Not `disabled`: that would throw a keyboard user's focus away.
    node.setAttribute("aria-disabled", String(Boolean(vote)));
  }
  place.querySelector(".thanks").textContent = vote ? "Cảm ơn bác." : "";
}

/** `mood`: "" nothing, "typing" an answer is coming, "slow" it takes longer than it should. */
export function showTyping(mood) {
  const place = $("typing");
  if (place.dataset.mood === mood) return;
  place.dataset.mood = mood;
  const dots = decoration("dots", element("i"), element("i"), element("i"));
  const slow = "Trợ lý trả lời chậm hơn mọi khi, bác chờ thêm chút nhé.";
  const content = { "": [], typing: [dots, "Trợ lý đang trả lời"], slow: [slow] }[mood];
  place.replaceChildren(...content);
}

// ---- place on the page ----

/** Whether the newest messages are in sight; further up, somebody is reading and must not be scrolled away. */
export function atEnd() {
  const { scrollHeight, clientHeight } = document.documentElement;
  return scrollHeight - window.scrollY - clientHeight < AWAY_FROM_END;
}

export function scrollToEnd() {
  window.scrollTo(0, document.documentElement.scrollHeight);
}

let firstUnread = null;

/** For a reply that came while somebody was reading further up: offers it, instead of scrolling there. */
export function markUnread(article) {
  firstUnread = firstUnread ?? article;
  $("unread").hidden = false;
}

export function forgetUnread() {
  firstUnread = null;
  $("unread").hidden = true;
}

export function watchUnread() {
  $("unread").addEventListener("click", () => {
    firstUnread.scrollIntoView({ block: "start" });
    firstUnread.focus({ preventScroll: true });
    forgetUnread();
  });
  window.addEventListener("scroll", () => firstUnread && atEnd() && forgetUnread(), { passive: true });
}

// ---- input and type size ----

/** After every change of the text: height, send button, counter. */
export function fitInput() {
  const input = $("question");
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`; // CSS stops it at five lines
  $("send").disabled = !input.value.trim();
  showCounter(Array.from(input.value.trim().normalize("NFC")).length);
}

function showCounter(length) {
  const counter = $("counter");
  const over = length > TEXT_LIMIT;
  counter.hidden = length <= TEXT_LIMIT - 100;
  counter.textContent = `${length}/${TEXT_LIMIT} ký tự${over ? ", bác viết ngắn lại giúp" : ""}`;
  if (over && !counter.classList.contains("over")) announce(counter.textContent);
  counter.classList.toggle("over", over);
}

/** Returns the step in use, `step` kept within the three there are. */
export function setSize(step) {
  const size = Math.min(Math.max(step, 0), SIZES.length - 1);
  document.documentElement.dataset.size = size;
  $("smaller").setAttribute("aria-disabled", String(size === 0));
  $("larger").setAttribute("aria-disabled", String(size === SIZES.length - 1));
  fitInput();
  return size;
}

export const sizeName = (size) => `Cỡ chữ ${SIZES[size]}`;

/** The sticky bars cover part of the page; scrolling and focus must land outside of them. */
export function watchBars() {
  const measure = () => {
    const lift = $("controls").offsetTop - 6; // on phones the name scrolls away and the controls stay
    const { style } = document.documentElement;
    style.setProperty("--lift", `${lift}px`);
    style.setProperty("--bar-height", `${$("header").offsetHeight - lift}px`);
    style.setProperty("--dock-height", `${$("dock").offsetHeight}px`);
  };
  measure();
  if (!("ResizeObserver" in window)) return;
  const observer = new ResizeObserver(measure);
  observer.observe($("header"));
  observer.observe($("dock"));
}
