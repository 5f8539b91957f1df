// The queues page.

import { change, load } from "../api.js";
import { sure } from "../dialog.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { DeadLetters } from "./deadletters.js";
import { heldItem, messageItem } from "./queuemessage.js";
import { Poll } from "../poll.js";

const EVERY_MS = 1500;
let chosen = new URLSearchParams(location.search).get("queue");

async function look(current) {
  const state = await load(`api/queues?queue=${encodeURIComponent(chosen ?? "")}`);
  if (!current()) return;
  if (!state.queues.some((one) => one.name === chosen)) {
    chosen = state.queues[0]?.name ?? null;
    if (chosen) {
      poll.now();
      return;
    }
  }
  showQueues(state.queues);
  byId("nothing").hidden = state.queues.length > 0;
  byId("shown").hidden = !state.queue;
  byId("poison").hidden = !state.poison;
  if (state.queue) showQueue(state.queue, state.held);
  if (state.poison) showPoison(state.poison);
}

function showQueues(queues) {
  const items = queues.map((one) => ({ ...one, current: one.name === chosen }));
  fill(byId("queues"), items, (one) => one.name, choice);
}

function choice({ name, count, poison, current }) {
  const twin = poison ? make("span", { class: poison.count ? "count bad" : "count" }, say("poisonCount", { count: poison.count })) : null;
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", "aria-current": current ? "true" : null, onclick: () => choose(name) },
      make("span", { class: "name" }, name),
      make("span", { class: "count" }, make("span", { class: "unseen" }, say("messages")), String(count)),
      twin,
    ),
  );
}

function choose(name) {
  chosen = name;
  history.replaceState(null, "", `queues?queue=${encodeURIComponent(name)}`);
  byId("alert").textContent = "";
  poll.now();
}

function counts({ messages, hidden, count }) {
  return hidden === null ? say("firstOnly", { shown: messages.length, count }) : say("counts", { shown: messages.length, hidden });
}

function told(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showQueue(queue, held) {
  told(byId("queue-name"), queue.name);
  told(byId("counts"), counts(queue));
  const visible = new Set(queue.messages.map((one) => one.id));
  const mine = held.filter((one) => !visible.has(one.id)).map((one) => ({ ...one, held: true }));
  const items = [...mine, ...queue.messages.map((one, place) => ({ ...one, place }))];
  const actions = (one) => [
    ["twice", () => act("twice", { id: one.id }, say("saidTwice"))],
    ["delete", () => remove(queue.name, one)],
  ];
  fill(byId("messages"), items, (one) => one.id, (one) => (one.held ? heldItem(one) : messageItem(one, actions(one))));
  byId("empty").hidden = items.length > 0;
  const unknown = Math.max(0, (queue.hidden ?? 0) - mine.length);
  byId("unknown").hidden = unknown === 0;
  told(byId("unknown"), say("unknown", { count: unknown }));
}

function showPoison(poison) {
  told(byId("poison-name"), poison.name);
  told(byId("poison-counts"), poison.count ? counts(poison) : say("noPoison"));
  byId("back-all").hidden = byId("clear-poison").hidden = poison.count === 0;
  byId("back-all").dataset.queue = poison.name;
  const actions = (one) => [
    ["back", () => act("move-back", { queue: poison.name, id: one.id }, say("saidBack"))],
    ["delete", () => remove(poison.name, one)],
  ];
  const items = poison.messages.map((one, place) => ({ ...one, place }));
  fill(byId("poison-messages"), items, (one) => one.id, (one) => messageItem(one, actions(one)));
}

async function act(path, body, done) {
  byId("alert").textContent = "";
  try {
    await change(`api/queues/${path}`, { queue: chosen, ...body });
    announce(done);
    return true;
  } catch (error) {
    byId("alert").textContent = error.message;
    return false;
  } finally {
    poll.now();
  }
}

async function remove(queue, one) {
  const warning = one.place ? say("deleteWarning", { count: one.place }) : "";
  if (await sure(say("sureDelete"), warning, say("delete"))) act("delete", { queue, id: one.id }, say("saidDeleted"));
}

async function clear(queue) {
  if (await sure(say("sureClear", { queue }), say("clearWarning"), say("clear"))) act("clear", { queue }, say("saidCleared"));
}

byId("create").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("new-queue");
  const queue = field.value.trim();
  if (await act("create", { queue }, say("saidCreated"))) {
    field.value = "";
    choose(queue);
  }
});
byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const message = { text: byId("add-text").value, encoding: byId("encoding").value, delay: Number(byId("delay").value) };
  if (await act("add", message, say("saidAdded"))) byId("add-text").value = "";
});
byId("peek").addEventListener("click", () => poll.now());
byId("clear").addEventListener("click", () => clear(chosen));
byId("clear-poison").addEventListener("click", () => clear(byId("back-all").dataset.queue));
byId("back-all").addEventListener("click", () => act("move-back", { queue: byId("back-all").dataset.queue }, say("saidBack")));

const poll = new Poll(look, EVERY_MS);
poll.now();
new DeadLetters(byId("dead"), (sentence) => { byId("alert").textContent = sentence; });
