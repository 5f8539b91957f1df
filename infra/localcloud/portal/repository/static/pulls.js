// Pull requests: the list, one of them with its checks and changes, and a new one.

import { change } from "../api.js";
import { button, open, sure } from "../dialog.js";
import { make, say } from "../dom.js";
import { commitRow, when } from "./commits.js";
import { changes, checkList, worst } from "./patch.js";
import { again, attempt, go, link } from "./repository.js";

const STATES = ["open", "closed"];

export function showPulls(state) {
  return ({ pulls }, place) => {
    const others = STATES.map((one) => (one === state ? make("strong", {}, say(`state.${one}`)) : link({ tab: "pulls", state: one }, say(`state.${one}`))));
    const add = make("button", { type: "button", class: "main", onclick: () => openPull(place) }, say("openPull"));
    const rows = pulls.map((one) =>
      make(
        "li",
        {},
        make("span", { class: `state ${one.state}` }, say(`state.${one.state}`)),
        link({ tab: "pulls", pull: one.number }, `#${one.number} ${one.title}`),
        make("span", { class: "hint" }, say("into", one)),
      ),
    );
    const empty = rows.length ? [] : [make("p", { class: "hint" }, say(state === "open" ? "noPulls" : "noOldPulls"))];
    return [make("div", { class: "row" }, add, ...others), make("ul", { class: "pull-list" }, ...rows), ...empty];
  };
}

function openPull({ branches, branch, main }) {
  const choice = (id, chosen) => make("select", { id }, ...branches.map((name) => make("option", { value: name, selected: name === chosen }, name)));
  const head = choice("pull-head", branch === main ? branches.find((name) => name !== main) : branch);
  const base = choice("pull-base", main);
  const title = make("input", { id: "pull-title", autocomplete: "off", maxlength: 200 });
  const alert = make("p", { class: "alert", role: "alert" });
  const send = async () => {
    try {
      const made = await change("api/repository/pulls", { head: head.value, base: base.value, title: title.value });
      dialog.close();
      go({ tab: "pulls", pull: made.number });
    } catch (error) {
      alert.textContent = error.message;
    }
  };
  const fields = make(
    "div",
    { class: "edit" },
    make("label", {}, make("span", {}, say("title")), title),
    make("div", { class: "row" }, head, make("span", { "aria-hidden": "true" }, "→"), base),
  );
  head.setAttribute("aria-label", say("from"));
  base.setAttribute("aria-label", say("onto"));
  const dialog = open(say("openPull"), [alert, fields], [button(say("cancel"), () => dialog.close()), button(say("openPull"), send, "main")]);
  title.focus();
}

export function showPull(one) {
  return [
    make("h2", {}, `#${one.number} ${one.title}`),
    make("p", { class: "row" }, make("span", { class: `state ${one.state}` }, say(`state.${one.state}`)), make("span", { class: "hint" }, `${say("into", one)} · ${say("by", { author: one.author, when: when(one.at) })}`)),
    make("h2", {}, say("checks")),
    checkList(one.checks),
    ...acts(one),
    make("h2", {}, say("commits")),
    make("ol", { class: "commit-list" }, ...one.commits.map(commitRow)),
    make("h2", {}, say("files")),
    changes(one.files),
  ];
}

function acts(one) {
  const act = async (name) => {
    await attempt(() => change("api/repository/pull", { number: one.number, act: name }));
    await again();
  };
  if (one.state === "merged") return [];
  if (one.state === "closed") return [make("p", {}, button(say("reopen"), () => act("reopen")))];
  const clean = one.mergeable;
  const words = clean ? say("canMerge") : say("conflict", { ...one, paths: one.conflicts.join(", ") });
  const merge = button(say("merge"), async () => {
    const red = one.checks.length && worst(one.checks) !== "success";
    if (await sure(say(red ? "redQuestion" : "mergeQuestion", one), "", say("merge"))) await act("merge");
  }, "main");
  merge.disabled = !clean;
  return [
    make("p", { class: clean ? "hint" : "alert" }, words),
    make("div", { class: "row" }, merge, button(say("close"), () => act("close"))),
  ];
}
