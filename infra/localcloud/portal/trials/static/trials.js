// The page of trials: the last run of each, and what happened in the chosen one.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 2000;
const MARKS = { good: "✓", bad: "✕", open: "–" };
const TIME = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" });
let chosen = new URLSearchParams(location.search).get("id");
let shown = "";

const poll = new Poll(async (current) => {
  const { trials } = await load("api/trials");
  if (!current()) return;
  const found = trials.find((one) => one.id === chosen) ?? trials.find((one) => one.outcome === "bad") ?? trials[0];
  const listed = trials.map((one) => ({ ...one, current: one.id === found?.id }));
  fill(byId("list"), listed, (one) => one.id, item);
  await show(found, current);
}, EVERY_MS);

function item(one) {
  const bad = one.outcome === "bad" ? "note bad" : "note";
  const link = make(
    "a",
    { href: `checks?id=${encodeURIComponent(one.id)}`, "data-id": one.id, "aria-current": one.current ? "true" : null, onclick: choose },
    make("strong", {}, `${one.id} ${one.title}`),
    make("span", { class: bad }, `${MARKS[one.outcome]} ${say("when", { outcome: say(one.outcome), time: CLOCK.format(one.at * 1000) })}`),
  );
  return make("li", {}, link);
}

async function show(found, current) {
  const key = found ? `${found.id} ${found.at}` : "none";
  if (shown === key) return;
  if (!found) {
    byId("about").textContent = say("none");
    shown = key;
    return;
  }
  const trial = await load(`api/trials/one?id=${encodeURIComponent(found.id)}`);
  if (!current()) return;
  shown = key;
  byId("title").textContent = `${trial.id} ${trial.title}`;
  const time = TIME.format(trial.at * 1000);
  const passed = trial.outcome === "good";
  byId("about").textContent = passed ? say("passed", { time }) : `${trial.partOf} · ${say("when", { outcome: say(trial.outcome), time })}`;
  byId("whole").hidden = passed;
  byId("facts").replaceChildren(...trial.facts.flatMap(fact));
  byId("lines").replaceChildren(...(trial.lines.length ? trial.lines.map(line) : [make("li", {}, say("nothingHappened"))]));
  byId("drawings").parentElement.hidden = trial.timelines.length === 0;
  byId("drawings").replaceChildren(...trial.timelines.map(drawing));
}

function fact([label, text]) {
  return [make("dt", {}, label), make("dd", {}, make("pre", {}, text))];
}

function line(one) {
  const bad = one.ok === false ? " bad" : "";
  const mark = one.ok === null ? "" : one.ok ? "✓ " : "✕ ";
  return make(
    "li",
    {},
    make("span", { class: "after" }, say("after", { seconds: one.after.toFixed(3) })),
    make("span", { class: `what${bad}` }, mark + one.what),
    make("pre", { class: bad.trim() || null }, one.text),
  );
}

function drawing(one) {
  const picture = new DOMParser().parseFromString(one.svg, "image/svg+xml").documentElement;
  return make(
    "figure",
    { class: "timeline" },
    make("div", { class: "sheet", tabindex: "0", role: "group", "aria-label": say("drawing", { title: one.title }) }, document.adoptNode(picture)),
    make("details", { class: "as-text" }, make("summary", {}, say("asText")), make("pre", {}, one.text)),
  );
}

function choose(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  chosen = event.currentTarget.dataset.id;
  history.pushState(null, "", event.currentTarget.getAttribute("href"));
  poll.now();
}

addEventListener("popstate", () => {
  chosen = new URLSearchParams(location.search).get("id");
  poll.now();
});
poll.now();
