// The chat page: what the workspace holds, what happens in it, and saying something.

import { messageArticle } from "./messages.js";
import { alarm, calm, element, follow, get, post, text } from "./page.js";

const $ = (id) => document.getElementById(id);
const state = { bot: null, people: [], channels: [], messages: new Map(), deliveries: new Map(), channel: null, thread: null, editing: null };
const drafts = new Map();
const key = (channel, ts) => `${channel} ${ts}`;

const room = {
  nameOf: (id) => (state.bot && id === state.bot.id ? state.bot.name : state.people.find((one) => one.id === id)?.name),
  deliveriesOf: (ts) => state.deliveries.get(ts) || [],
  person: () => $("person").value,
};

async function load() {
  const all = await get("api/state");
  Object.assign(state, { bot: all.bot, people: all.people, channels: all.channels });
  state.messages = new Map(all.messages.map((facts) => [key(facts.channel, facts.message.ts), facts]));
  state.deliveries = new Map();
  all.deliveries.forEach(keepDelivery);
  if (!state.channels.some((one) => one.id === state.channel)) state.channel = state.channels[0].id;
  showFrame();
  showMessages();
  return all.number;
}

function take(entry) {
  if (entry.kind === "delivery.attempted") keepDelivery(entry);
  else if (entry.kind === "message.deleted") state.messages.delete(key(entry.channel, entry.message.ts));
  else if (entry.message) state.messages.set(key(entry.channel, entry.message.ts), entry);
  if (entry.kind === "message.posted" && entry.channel !== state.channel) markUnread(entry.channel);
  if (entry.channel === state.channel) showMessages();
}

function keepDelivery(delivery) {
  const known = state.deliveries.get(delivery.message_ts) || [];
  if (!known.some((one) => one.id === delivery.id)) state.deliveries.set(delivery.message_ts, [...known, delivery]);
}

function showFrame() {
  const people = $("person");
  if (people.options.length !== state.people.length) {
    people.replaceChildren(...state.people.map((one) => element("option", { value: one.id }, `${one.name} (${one.real_name})`)));
  }
  $("channels").replaceChildren(...state.channels.map(channelButton));
  const channel = state.channels.find((one) => one.id === state.channel).name;
  $("channel-title").textContent = `# ${channel}`;
  $("mention").textContent = text("mention", { bot: state.bot.name });
  const label = state.thread ? text("reply_here") : text("write", { channel });
  $("text-label").textContent = label;
  $("text").placeholder = label;
}

function channelButton(channel) {
  const button = element("button", { type: "button", onclick: () => enter(channel.id) }, `# ${channel.name}`);
  if (channel.id === state.channel) button.setAttribute("aria-current", "true");
  button.dataset.channel = channel.id;
  return element("li", {}, button);
}

function markUnread(channel) {
  document.querySelector(`#channels [data-channel="${CSS.escape(channel)}"]`)?.classList.add("unread");
}

function enter(channel) {
  drafts.set(state.channel, $("text").value);
  state.channel = channel;
  $("text").value = drafts.get(channel) || "";
  replyTo(null);
  showFrame();
  showMessages();
}

function showMessages() {
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const here = [...state.messages.values()].filter((facts) => facts.channel === state.channel);
  here.sort((one, other) => Number(one.message.ts) - Number(other.message.ts));
  const isReply = ({ message }) => message.thread_ts && message.thread_ts !== message.ts;
  const tops = here.filter((facts) => !isReply(facts) || !state.messages.has(key(facts.channel, facts.message.thread_ts)));
  const drawn = tops.flatMap((facts) => [draw(facts), thread(here.filter((one) => isReply(one) && one.message.thread_ts === facts.message.ts))]);
  patch(list, drawn.length ? drawn.filter(Boolean) : [empty()]);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Replaces only what has changed, so that a screen reader hears new messages alone. */
function patch(list, fresh) {
  fresh.forEach((node, index) => {
    const old = list.children[index];
    if (!old) list.append(node);
    else if (!old.isEqualNode(node)) old.replaceWith(node);
  });
  while (list.children.length > fresh.length) list.lastChild.remove();
}

function draw(facts) {
  return messageArticle(facts, room, { reply: (one) => replyTo(one), edit, again });
}

function thread(replies) {
  return replies.length ? element("div", { className: "thread" }, ...replies.map(draw)) : null;
}

function empty() {
  const channel = state.channels.find((one) => one.id === state.channel).name;
  return element("p", { className: "empty" }, element("strong", {}, text("empty_title", { channel })), text("empty_text"));
}

function replyTo(facts) {
  state.thread = facts ? facts.message.thread_ts || facts.message.ts : null;
  state.editing = null;
  showMode(facts ? text("reply_here") : null);
  if (facts) $("text").focus();
}

function edit(facts) {
  state.editing = facts;
  state.thread = null;
  showMode(text("edit"));
  $("text").value = shown(facts.message.text);
  $("text").focus();
}

function showMode(words) {
  $("replying").hidden = !words;
  $("replying").firstElementChild.textContent = words || "";
  if (state.bot) showFrame();
}

const again = (facts) => tried(() => post("api/duplicate", { channel: facts.channel, ts: facts.message.ts }));
const shown = (raw) => raw.replaceAll(`<@${state.bot.id}>`, `@${state.bot.name}`);
const written = (words) => words.replace(new RegExp(`@${state.bot.name}(?![\\w-])`, "gi"), `<@${state.bot.id}>`);

async function tried(work) {
  try {
    await work();
    calm();
    return true;
  } catch (problem) {
    alarm(problem instanceof TypeError ? text("lost") : problem.message);
    return false;
  }
}

async function send() {
  const words = $("text").value.trim();
  if (!words) return;
  const base = { user: room.person(), channel: state.channel, text: written(words) };
  const work = state.editing
    ? () => post("api/edit", { ...base, ts: state.editing.message.ts })
    : () => post("api/say", { ...base, thread_ts: state.thread });
  $("messages").scrollTop = $("messages").scrollHeight;
  if (await tried(work)) {
    $("text").value = "";
    if (state.editing) replyTo(null);
  }
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send();
  }
});
$("mention").addEventListener("click", () => {
  const box = $("text");
  box.value = `@${state.bot.name} ${box.value}`;
  box.focus();
});
$("cancel-reply").addEventListener("click", () => {
  if (state.editing) $("text").value = "";
  replyTo(null);
});
$("person").addEventListener("change", showMessages);

follow("live", load, take);
