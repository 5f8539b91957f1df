// What both views show: what happened, drift with the commands that show and fix it, and rows of resources.

import { make, say } from "../dom.js";
import { icon } from "./icons.js";

const MARKS = { created: "+", updated: "~", deleted: "−" };

export function addressOf(id) {
  return `resources?${new URLSearchParams({ id })}`;
}

export function typeName(type) {
  return say(type.toLowerCase());
}

export function ago(at) {
  const minutes = Math.floor((Date.now() / 1000 - at) / 60);
  if (minutes < 1) return say("justNow");
  return minutes < 60 ? say("minutesAgo", { minutes }) : new Date(at * 1000).toLocaleString();
}

export function withAges(events) {
  return events.map((one) => ({ ...one, ago: ago(one.at) }));
}

export function change(one) {
  const time = make("time", { datetime: new Date(one.at * 1000).toISOString(), title: new Date(one.at * 1000).toLocaleString() }, one.ago);
  return make(
    "li",
    { class: one.what },
    make("span", { class: "mark", "aria-hidden": "true" }, MARKS[one.what]),
    make("span", { class: "what" }, icon(one.type), named(one), make("span", { class: "note" }, typeName(one.type))),
    make("span", { class: "how" }, say(`what.${one.what}`), make("span", { class: "note" }, say(`by.${one.client}`))),
    make("span", { class: "hint when" }, time),
  );
}

function named(one) {
  return one.what === "deleted" ? make("strong", {}, one.name) : make("a", { href: addressOf(one.id) }, one.name);
}

export function state(row) {
  const words = row.drift || (row.applied ? "applied" : "notApplied");
  return make("span", { class: `badge-of ${row.drift ? "bad" : row.applied ? "good" : "plain"}` }, say(words));
}

export function resourceRow(row) {
  const link = make("a", { href: addressOf(row.id) }, row.name);
  const app = row.url ? make("a", { class: "app", href: row.url, target: "_blank", rel: "noreferrer" }, row.url) : null;
  const problem = row.problem ? make("span", { class: "bad" }, row.problem) : null;
  const name = make("div", { class: `name depth-${Math.min(row.depth, 3)}` }, icon(row.type), make("div", {}, link, app, problem));
  return make("tr", { class: row.drift === "gone" ? "gone" : null }, make("td", {}, name), make("td", {}, typeName(row.type)), make("td", {}, row.location), make("td", {}, state(row)));
}

// A card; `folder` is where the code is.
export function drift(one) {
  const heading = make("h3", {}, icon(one.type), one.linked ? make("a", { href: addressOf(one.id) }, one.name) : one.name, make("span", { class: "note" }, typeName(one.type)), make("span", { class: "badge-of bad" }, say(one.what)));
  const why = make("p", {}, say(`${one.what}Why`, { when: one.ago, why: one.why }));
  if (one.what === "unreadable") return make("li", {}, heading, why);
  const commands = make(
    "dl",
    { class: "ways" },
    ...way("see", "camp tofu plan", one.what === "gone" ? "seeGone" : "seeChanged"),
    ...way("fix", "camp tofu apply", "fixWhy"),
  );
  const where = one.folder ? make("p", { class: "note" }, say("inFolder", { folder: one.folder })) : null;
  return make("li", {}, heading, why, one.differences.length ? differences(one.differences) : null, commands, where);
}

function way(word, command, what) {
  return [make("dt", {}, say(word)), make("dd", {}, make("code", {}, command), make("span", { class: "hint" }, say(what)))];
}

function differences(all) {
  const head = ["property", "lastApply", "now"].map((one) => make("th", { scope: "col" }, say(one)));
  const rows = all.map((one) => make("tr", {}, make("th", { scope: "row" }, one.path), ...values(one).map((text) => make("td", {}, text))));
  return make("div", { class: "scroll" }, make("table", { class: "differences" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}

function values({ hidden, applied, now }) {
  if (!hidden) return [applied || say("nothingThere"), now || say("nothingThere")];
  const both = applied && now;
  return [say(applied ? "hiddenValue" : "nothingThere"), say(now ? (both ? "otherValue" : "hiddenValue") : "nothingThere")];
}

// The drifts with what their cards say besides.
export function withFacts(drifts, folder, linked) {
  return drifts.map((one) => ({ ...one, ago: ago(one.applied_at), folder, linked }));
}
