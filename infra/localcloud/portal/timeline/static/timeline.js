// The timeline page: the messages of late, and one of them as lanes over time.

import { load } from "../api.js";
import { byId, has, make, say } from "../dom.js";
import { Drawing } from "./drawing.js";
import { Live, show } from "../live.js";

const SOON_MS = 200;
const GOING_MS = 1000;
const TIME = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

const drawing = new Drawing(byId("sheet"), byId("about"));
let chosen = new URLSearchParams(location.search).get("trace");
let timer = null;

async function begin() {
  const last = await refresh();
  if (has("")) return `api/live?since=${last}`;
  show("live", say("live")); // where there is no chat, nothing streams: it asks again and again
  return null;
}

async function refresh() {
  const { traces, problem, last } = await load("api/timelines");
  byId("problem").textContent = problem;
  chosen ??= traces[0]?.trace ?? null;
  showList(traces);
  if (chosen) await showTimeline();
  return last;
}

function refreshIn(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), milliseconds); // when it fails the stream begins again
}

async function showTimeline() {
  const trace = chosen;
  const query = `trace=${encodeURIComponent(trace)}`;
  try {
    const timeline = await load(`api/timeline?${query}`);
    if (trace !== chosen) return;
    byId("alert").textContent = "";
    drawing.draw(timeline);
    byId("as-text").textContent = timeline.text;
    byId("save").href = `api/timeline.svg?${query}`;
    byId("log").href = `functions?${query}`;
    byId("whole").hidden = false;
    if (timeline.goingOn) refreshIn(GOING_MS);
  } catch (error) {
    if (trace !== chosen) return;
    byId("whole").hidden = true;
    byId("alert").textContent = error.message;
  }
}

function showList(traces) {
  const empty = byId("traces-empty");
  empty.hidden = traces.length > 0;
  empty.textContent = say(has("") ? "none" : "noCalls");
  const list = byId("traces");
  const shown = JSON.stringify([traces, chosen]);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.trace : null;
  list.replaceChildren(...traces.map(item));
  if (focused) list.querySelector(`[data-trace="${CSS.escape(focused)}"]`)?.focus();
}

function item(one) {
  const counts = [
    one.deliveries ? say("deliveries", { count: one.deliveries }) : null,
    one.runs ? say("runs", { count: one.runs }) : null,
  ].filter(Boolean);
  const link = make(
    "a",
    { href: `timeline?trace=${encodeURIComponent(one.trace)}`, "data-trace": one.trace, "aria-current": one.trace === chosen ? "true" : null, onclick: choose },
    make("strong", {}, one.title),
    make("span", { class: "note" }, say("by", { who: one.by, when: TIME.format(new Date(one.at * 1000)) })),
    make("span", { class: "note" }, counts.join(" · ")),
    one.failed ? make("span", { class: "note bad" }, `✕ ${say("failed")}`) : null,
  );
  return make("li", {}, link);
}

function choose(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  chosen = event.currentTarget.dataset.trace;
  history.pushState(null, "", event.currentTarget.getAttribute("href"));
  refreshIn(0);
}

addEventListener("popstate", () => {
  chosen = new URLSearchParams(location.search).get("trace");
  refreshIn(0);
});
new Live(begin, () => refreshIn(SOON_MS)).start();
