// One message of a queue.

import { make, say } from "../dom.js";

const LANGUAGE = document.documentElement.lang;
const CLOCK = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const OFTEN = 3;

function time(seconds, format) {
  return format.format(new Date(seconds * 1000));
}

function fact(text, kind = "") {
  return make("span", { class: kind }, text);
}

function dequeued(count) {
  return fact(say("dequeued", { count }), count >= OFTEN ? "often" : "");
}

// `actions` are pairs of a word and what is done.
export function messageItem(one, actions) {
  const cut = one.characters > one.text.length;
  const facts = [
    dequeued(one.dequeueCount),
    fact(say("inserted", { time: time(one.inserted, CLOCK) })),
    one.expires ? fact(say("expires", { time: time(one.expires, DAY) })) : null,
    one.encoding === "base64" ? fact(say("wasBase64")) : null,
    cut ? fact(say("cut", { count: one.characters })) : null,
    fact(one.id.slice(0, 8), "id"),
  ];
  const buttons = actions.map(([word, pressed]) =>
    make("button", { type: "button", class: "quiet", onclick: pressed, "aria-label": say(`${word}This`, { text: one.text.slice(0, 60) }) }, say(word)),
  );
  return make(
    "li",
    { class: "message" },
    make("pre", { tabindex: one.text.length > 600 ? "0" : null }, one.text),
    make("p", { class: "facts" }, ...facts.filter(Boolean)),
    make("div", { class: "actions" }, ...buttons),
  );
}

// A message that nobody sees now; the Functions host knows it, for it has it.
export function heldItem(one) {
  const now = one.running ? say("workedOn", { function: one.function }) : say("waits", { time: time(one.until, CLOCK) });
  const until = one.running ? say("visibleAtLatest", { time: time(one.until, CLOCK) }) : say("nextTry", { function: one.function });
  return make(
    "li",
    { class: "message held" },
    make("pre", {}, one.text),
    make("span", { class: "now" }, now),
    make("p", { class: "facts" }, dequeued(one.dequeue_count), fact(until), fact(one.id.slice(0, 8), "id")),
  );
}
