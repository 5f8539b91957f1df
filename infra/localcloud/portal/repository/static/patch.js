// What is said of a commit, and what it changes.

import { make, say } from "../dom.js";

const MARKS = { success: "✓", failure: "✗", error: "✗", pending: "●" };
const SIGNS = { "+": "added", "-": "removed", "@": "place" };

// One mark for all checks of a commit; nothing without a check.
export function mark(checks) {
  if (!checks.length) return make("span", { class: "check" });
  const state = worst(checks);
  const words = checks.map((one) => `${one.context}: ${say(`check.${one.state}`)}`).join("\n");
  return make("span", { class: `check ${state}`, role: "img", "aria-label": words, title: words }, MARKS[state]);
}

export function worst(checks) {
  const states = checks.map((one) => one.state);
  return ["failure", "error", "pending"].find((state) => states.includes(state)) ?? "success";
}

export function checkList(checks) {
  if (!checks.length) return make("p", { class: "hint" }, say("noChecks"));
  const items = checks.map((one) => {
    const words = `${one.context}: ${say(`check.${one.state}`)}`;
    const where = /^https?:/.test(one.target_url) ? make("a", { href: one.target_url }, words) : make("span", {}, words);
    const sign = make("span", { class: `check ${one.state}`, "aria-hidden": "true" }, MARKS[one.state]);
    return make("li", {}, sign, where, make("span", { class: "hint" }, one.description));
  });
  return make("ul", { class: "checks" }, ...items);
}

export function changes(files) {
  const sum = (name) => files.reduce((total, one) => total + one[name], 0);
  const words = say("changedFiles", { count: files.length, additions: sum("additions"), deletions: sum("deletions") });
  return make("div", { class: "changes" }, make("p", { class: "hint" }, words), ...files.map(oneFile));
}

function oneFile(file) {
  const name = file.previous ? say("renamed", { before: file.previous, after: file.path }) : file.path;
  const title = make("summary", {}, make("strong", {}, name), ` ${say(`status.${file.status}`)}`);
  const lines = file.patch === null ? [make("p", { class: "hint" }, say("noPatch"))] : [make("pre", { class: "patch", tabindex: "0" }, ...file.patch.split("\n").map(line))];
  return make("details", { open: true }, title, ...lines);
}

function line(text) {
  return make("span", { class: SIGNS[text[0]] }, text, "\n");
}
