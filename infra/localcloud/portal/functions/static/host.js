// The host's state: whether it runs, its errors, its functions and workers.

import { announce, byId, make, say } from "../dom.js";
import { tools } from "./tools.js";

export function showHost(state) {
  const name = state.problem ?? (state.errors.length ? "error" : state.state === "Running" ? "running" : state.state);
  const line = byId("state");
  line.dataset.state = state.problem || state.errors?.length ? "bad" : name === "running" ? "good" : "wait";
  if (line.textContent !== say(name)) line.textContent = say(name);
  showTrouble(state.problem ? [state.message] : state.errors, Boolean(state.problem));
  showWorkers(state);
  showFunctions(state);
  ["recycle", "crash"].forEach((fault) => (byId(fault).disabled = Boolean(state.problem)));
}

function showTrouble(errors, plain) {
  const box = byId("trouble");
  if (box.dataset.shown === JSON.stringify(errors)) return;
  box.dataset.shown = JSON.stringify(errors);
  box.replaceChildren(...errors.map((error) => make(plain ? "p" : "pre", {}, error)));
}

function showWorkers({ workers, problem }) {
  const pids = (workers ?? []).map((one) => one.pid).join(", ");
  byId("workers").textContent = problem ? "" : pids ? say("workers", { pids }) : say("noWorkers");
}

function showFunctions({ functions = [], errors = [], problem }) {
  const list = byId("functions");
  const empty = byId("functions-empty");
  list.closest("section").hidden = Boolean(problem) || (errors.length > 0 && functions.length === 0);
  empty.hidden = functions.length > 0;
  empty.textContent = say("none");
  const shown = JSON.stringify(functions);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.replaceChildren(...functions.map(item));
}

function item(one) {
  const methods = one.url ? (one.methods?.join(", ") ?? say("any")) : "";
  const address = one.url ? make("code", {}, one.url) : null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(one.url);
      announce(say("copied"));
    } catch {
      getSelection().selectAllChildren(address); // in a frame that may not write there: the person copies
      announce(say("selected"));
    }
  };
  return make(
    "li",
    { class: "function" },
    make("strong", {}, one.name),
    make("span", { class: "trigger" }, one.trigger),
    one.disabled ? make("span", { class: "note" }, say("disabled")) : null,
    methods ? make("span", { class: "methods" }, methods) : null,
    address,
    one.url ? make("button", { type: "button", class: "quiet", "aria-label": say("copyThis", { name: one.name }), onclick: copy }, say("copy")) : null,
    ...tools(one),
  );
}
