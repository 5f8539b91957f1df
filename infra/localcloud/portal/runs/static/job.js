// One job: its steps with their logs; and what is said beside the run.

import { make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { badge, verdictOf } from "./verdict.js";

const opened = new Map(); // by run, job and step, what a person has opened or closed

export function showSteps(place, job, run) {
  const items = job ? [{ title: job.name }, ...job.steps.map((step) => ({ ...step, of: `${run} ${job.name}` }))] : [];
  fill(place, items, (item) => (item.title ? "title" : `${item.of} ${item.number} ${item.name}`), (item) =>
    item.title ? make("h3", {}, say("steps", { job: item.title })) : stepItem(item),
  );
}

function stepItem(step) {
  const verdict = verdictOf(step);
  const key = `${step.of} ${step.number} ${step.name}`;
  const isOpen = opened.get(key) ?? (verdict === "failure" || verdict === "in_progress");
  const time = step.status === "completed" && verdict !== "skipped" ? say("took", { seconds: step.seconds.toFixed(1) }) : "";
  const head = make("summary", {}, badge(verdict), make("span", { class: "name" }, step.name), make("span", { class: "note" }, time));
  const details = make("details", { class: `step ${verdict}`, open: isOpen }, head, logOf(step));
  head.addEventListener("click", () => opened.set(key, !details.open));
  return details;
}

function logOf(step) {
  if (!step.log?.length) return make("p", { class: "hint" }, say("noLog"));
  const cut = step.cut ? make("p", { class: "hint" }, say("cut", { count: step.cut })) : null;
  return make("div", { class: "log" }, cut, make("pre", { tabindex: "0" }, ...step.log.map(line)));
}

// The raw log marks some lines, as GitHub's does.
function line(text) {
  const found = /^##\[(error|warning|notice|group|debug|endgroup)\](.*)$/s.exec(text);
  if (!found) return `${text}\n`;
  const [, kind, rest] = found;
  return kind === "endgroup" ? "" : make("span", { class: `line ${kind}` }, `${kind === "group" ? "▸ " : ""}${rest}\n`);
}

export function showAnnotations(place, annotations) {
  place.hidden = annotations.length === 0;
  const items = annotations.map((one, number) => ({ ...one, number }));
  fill(place, [{ number: -1 }, ...items], (one) => one.number, (one) => (one.number < 0 ? make("h3", {}, say("annotations")) : annotation(one)));
}

function annotation({ level, text, path, line: at, title, hint }) {
  const where = path && at ? say("at", { path, line: at }) : path;
  return make(
    "div",
    { class: `annotation ${level}` },
    make("p", {}, title ? make("strong", {}, `${title}: `) : null, text),
    hint ? make("p", {}, hint) : null,
    where ? make("p", { class: "note" }, where) : null,
  );
}

export function showArtifacts(place, { number, attempt, artifacts }) {
  place.hidden = artifacts.length === 0;
  const items = artifacts.map((name) => ({ name, address: `api/runs/artifact?${new URLSearchParams({ number, name })}` }));
  fill(place, [{ items }], () => `${number} ${attempt}`, () => make("div", {}, make("h3", {}, say("artifacts")), make("ul", {}, ...items.map(artifact))));
}

function artifact({ name, address }) {
  return make("li", {}, make("a", { href: address, download: `${name}.zip` }, name));
}

export function showSummary(place, summary) {
  place.hidden = !summary;
  fill(place, [{ summary }], () => 0, () => make("div", {}, make("h3", {}, say("summary")), make("pre", { class: "summary" }, summary)));
}
