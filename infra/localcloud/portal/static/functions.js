// The functions page: the host's state, its functions, and every invocation with its log.

import { alarm, calm, element, follow, get, post, text } from "./page.js";

const $ = (id) => document.getElementById(id);
const calls = new Map();
const MOST = 200;

async function load() {
  await showState();
  const entries = await get("api/functions/journal");
  calls.clear();
  entries.forEach(keep);
  showAll();
  return entries.length ? entries.at(-1).number : 0;
}

function take(entry) {
  keep(entry);
  if (entry.id && calls.has(entry.id)) showOne(calls.get(entry.id));
  if (entry.kind.startsWith("host.state") || entry.kind.startsWith("worker.")) showState().catch((problem) => alarm(problem.message));
}

function keep(entry) {
  if (!entry.kind.startsWith("invocation.")) return;
  const call = calls.get(entry.id) || { id: entry.id, log: [] };
  if (entry.kind === "invocation.started") Object.assign(call, { function: entry.function, trace: entry.trace, reason: entry.reason, at: entry.at });
  else if (entry.kind === "invocation.log") call.log.push(entry);
  else Object.assign(call, { done: entry });
  if (!call.function) return;
  calls.set(entry.id, call);
  if (calls.size > MOST) forget(calls.keys().next().value);
}

function forget(id) {
  calls.delete(id);
  document.getElementById(`call-${id}`)?.remove();
}

async function showState() {
  const state = await get("api/functions/state");
  const pids = state.workers.map((worker) => worker.pid).join(", ") || text("no_worker");
  $("state").textContent = `${text("state", { state: state.state })} · ${text("workers", { pids })}`;
  $("errors").hidden = !state.errors.length;
  $("errors").lastElementChild.replaceChildren(...state.errors.map((error) => element("pre", {}, error)));
  $("functions").replaceChildren(...(state.functions.length ? state.functions.map(functionItem) : [element("li", {}, text("none"))]));
}

function functionItem(one) {
  const methods = one.methods ? `${one.methods.join(", ")} ` : "";
  const detail = one.url ? `${methods}${one.url}` : one.trigger;
  return element("li", {}, element("b", {}, one.name), one.disabled ? ` (${text("disabled")})` : null, element("small", {}, detail));
}

const wanted = () => decodeURIComponent(location.hash.slice(1));
const isShown = (call) => !wanted() || call.trace === wanted();

function showAll() {
  $("filter").hidden = !wanted();
  $("filter").firstElementChild.textContent = text("only_trace", { id: wanted().slice(0, 8) });
  const shown = [...calls.values()].filter(isShown).reverse();
  $("calls").replaceChildren(...(shown.length ? shown.map(drawn) : [element("p", {}, text("no_calls"))]));
}

function showOne(call) {
  if (!isShown(call)) return;
  const old = document.getElementById(`call-${call.id}`);
  const fresh = drawn(call);
  if (old) {
    fresh.open = old.open;
    old.replaceWith(fresh);
  } else {
    if ($("calls").firstElementChild?.tagName === "P") $("calls").replaceChildren();
    $("calls").prepend(fresh);
  }
}

function drawn(call) {
  return element("details", { className: "call", id: `call-${call.id}`, open: Boolean(wanted()) }, summary(call), log(call));
}

function summary(call) {
  const { done } = call;
  const result = done ? (done.ok ? "succeeded" : "failed") : "running";
  return element(
    "summary",
    {},
    element("b", {}, call.function),
    element("span", { className: done ? (done.ok ? "good" : "bad") : "" }, text(result)),
    element("span", {}, new Date(call.at * 1000).toLocaleTimeString()),
    done ? element("span", {}, text("milliseconds", { number: done.duration_ms })) : null,
    done?.worker_pid ? element("span", {}, text("worker", { pid: done.worker_pid })) : null,
    element("span", {}, text("trace", { id: (call.trace || "").slice(0, 8) })),
  );
}

function log(call) {
  const lines = call.log.map((entry) => element("div", { className: entry.level }, entry.message));
  return element("pre", { "aria-label": text("log") }, ...lines);
}

function fault(name) {
  $(name).addEventListener("click", async () => {
    $(name).disabled = true;
    try {
      await post(`api/functions/faults/${name}`);
      calm();
    } catch (problem) {
      alarm(problem.message);
    }
    $(name).disabled = false;
  });
}

fault("recycle");
fault("crash");
addEventListener("hashchange", showAll);
follow("api/functions/live", load, take);
