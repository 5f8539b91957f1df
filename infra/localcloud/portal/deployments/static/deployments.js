// The deployments page: the slots, the swap, and what happened to them.

import { change, load } from "../api.js";
import { sure } from "../dialog.js";
import { byId, make, say, shorten } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 1500;
const LISTED = 40;
const SHOWN_OF_COMMIT = 10;
const logs = new Map(); // of deployments that have ended
const open = new Set(); // slots whose log is shown
const poll = new Poll(async (current) => {
  const found = await load("api/deployments");
  await Promise.all(found.slots.map((slot) => loadLog(slot.deployments.at(-1))));
  if (current()) showAll(found);
}, EVERY_MS);

async function loadLog(last) {
  if (!last || (logs.has(last.id) && last.ended)) return;
  logs.set(last.id, (await load(`api/deployments/${last.id}`)).log.map(([, line]) => line));
}

function showAll(found) {
  const slots = found.slots.map((slot) => ({ ...slot, swapping: Boolean(found.swapping), log: logs.get(slot.deployments.at(-1)?.id) ?? [] }));
  fill(byId("slots"), slots.map(withAges), (slot) => slot.name, card);
  const busy = Boolean(found.swapping) || found.slots.some((slot) => slot.deploying);
  byId("swap").textContent = say("swap");
  byId("swap").disabled = busy || found.slots.every((slot) => !slot.deployed);
  byId("sticky").hidden = found.sticky.length === 0;
  byId("sticky").textContent = say("sticky", { names: found.sticky.join(", ") });
  const events = history(found);
  byId("empty").hidden = events.length > 0;
  byId("empty").textContent = say("noHistory");
  fill(byId("history"), events, (event) => event.key, row);
}

function withAges(slot) {
  const shown = slot.deployments.find((one) => one.id === slot.deployed);
  return { ...slot, shown: shown && { ...shown, ago: ago(shown.at) } };
}

function card(slot) {
  const [state, kind] = stateOf(slot);
  const details = slot.log.length ? make("details", { open: open.has(slot.name) }, make("summary", {}, say("log")), make("pre", {}, slot.log.join("\n"))) : null;
  details?.addEventListener("toggle", () => (details.open ? open.add(slot.name) : open.delete(slot.name)));
  return make(
    "section",
    { class: "slot", "aria-label": say(`slot.${slot.name}`) },
    make("h2", {}, say(`slot.${slot.name}`), make("span", { class: `state ${kind}` }, say(state))),
    make("a", { href: slot.url, target: "_blank", rel: "noreferrer" }, slot.url),
    ...(slot.shown
      ? [make("strong", {}, what(slot.shown)), make("span", { class: "hint" }, say("by", { by: slot.shown.by, when: slot.shown.ago }) + " · " + say("files", { count: slot.shown.files }))]
      : [make("span", { class: "hint" }, say("nothing"))]),
    slot.errors.length ? make("pre", { class: "errors" }, slot.errors.join("\n")) : null,
    details,
  );
}

function stateOf(slot) {
  if (slot.swapping) return ["swapping", "busy"];
  if (slot.deploying) return ["deploying", "busy"];
  if (!slot.deployed) return ["nothing", "busy"];
  return slot.errors.length ? ["broken", "bad"] : ["runs", "good"];
}

function what(deployment) {
  if (deployment.commit) return say("commit", { commit: deployment.commit.slice(0, SHOWN_OF_COMMIT) });
  return deployment.package ? say("package", { package: deployment.package }) : say("unknown");
}

function history(found) {
  const deployments = found.slots.flatMap((slot) => slot.deployments).map((one) => {
    const values = { what: what(one), slot: say(`slot.${one.slot}`), why: shorten(one.why || one.errors[0] || "", 200) };
    const bad = one.ended && (!one.ok || one.errors.length > 0);
    const text = !one.ended ? "underWay" : one.ok ? "deployed" : "failed";
    const tail = one.ok && one.errors.length ? `: ${values.why}` : "";
    return { key: one.id, at: one.at, text: say(text, values) + tail, by: one.by, bad };
  });
  const last = found.swaps.at(-1)?.number;
  const swaps = found.swaps.map((one) => {
    const values = { source: say(`slot.${one.source}`), target: say(`slot.${one.target}`), why: one.failure ?? "" };
    const back = one.number === last && !one.failure && one.ended_at && !found.swapping ? [one.source, one.target] : null;
    return { key: `swap-${one.number}`, at: one.asked_at, text: say(one.failure ? "swapFailed" : "swapped", values), by: one.by, bad: Boolean(one.failure), back };
  });
  return [...deployments, ...swaps].sort((a, b) => b.at - a.at).slice(0, LISTED).map((one) => ({ ...one, ago: ago(one.at) }));
}

function row(event) {
  return make(
    "li",
    {},
    make("span", { class: event.bad ? "bad" : "" }, event.text),
    make("span", { class: "hint" }, say("by", { by: event.by, when: event.ago })),
    event.back ? make("button", { type: "button", onclick: () => swap(...event.back) }, say("swapBack")) : make("span"),
  );
}

function ago(at) {
  const minutes = Math.floor((Date.now() / 1000 - at) / 60);
  if (minutes < 1) return say("justNow");
  return minutes < 60 ? say("minutesAgo", { minutes }) : new Date(at * 1000).toLocaleString();
}

async function swap(source, target) {
  if (!(await sure(say("swapQuestion"), say("swapExplanation"), say("swap")))) return;
  byId("alert").textContent = "";
  byId("swap").disabled = true;
  try {
    await change("api/deployments/swap", { source, target });
    byId("said-of-swap").textContent = say("swapped", { source: say(`slot.${source}`), target: say(`slot.${target}`) });
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  poll.now();
}

byId("swap").addEventListener("click", () => swap("staging", "production"));
poll.now();
