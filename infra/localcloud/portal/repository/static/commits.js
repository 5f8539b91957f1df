// A branch's commits, and one of them.

import { make, say } from "../dom.js";
import { changes, checkList, mark } from "./patch.js";
import { link } from "./repository.js";

export function when(text) {
  return new Date(text).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

export function commitRow(one) {
  return make(
    "li",
    {},
    mark(one.checks ?? []),
    link({ tab: "commits", sha: one.sha }, one.title || one.sha.slice(0, 7)),
    make("span", { class: "hint" }, say("by", { author: one.author, when: when(one.at) })),
    make("code", {}, one.sha.slice(0, 7)),
  );
}

export function showCommits(page) {
  return ({ commits, more }) => {
    const older = more ? make("p", {}, link({ tab: "commits", page: page + 1 }, say("more"))) : null;
    return [make("ol", { class: "commit-list" }, ...commits.map(commitRow)), ...(older ? [older] : [])];
  };
}

export function showCommit(one) {
  const parents = one.parents.map((sha) => sha.slice(0, 7)).join(", ");
  const where = say(parents ? "parents" : "first", { sha: one.sha, parents });
  return [
    make("h2", {}, one.title),
    ...(one.text ? [make("pre", { class: "message" }, one.text)] : []),
    make("p", { class: "hint" }, say("by", { author: one.author, when: when(one.at) })),
    make("p", { class: "hint sha" }, where),
    make("h2", {}, say("checks")),
    checkList(one.checks),
    make("h2", {}, say("files")),
    changes(one.files),
  ];
}
