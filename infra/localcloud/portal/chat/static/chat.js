// The chat page.

import { change, load } from "../api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, byId, make, say } from "../dom.js";
import { Live } from "../live.js";
import { avatar } from "./message.js";
import { Room } from "./room.js";

const conversation = new Conversation();
const chosen = { person: null, channel: null };
const place = () => chosen;

const room = new Room(conversation, place, {
  reply: (entry) => composer.reply(entry),
  edit: (entry) => composer.edit(entry),
  example: (text) => {
    composer.write("");
    composer.insert(text);
  },
  again: (entry) => ask("api/duplicate", about(entry), say("sentAgain")),
  react: (entry, name) => ask("api/react", { ...about(entry), person: chosen.person.id, name }),
});
const composer = new Composer(conversation, place, () => room.toEnd(), editLast);

function about(entry) {
  return { channel: entry.channel, ts: entry.message.ts };
}

async function ask(path, body, done) {
  byId("alert").textContent = "";
  try {
    await change(path, body);
    if (done) announce(done);
  } catch (error) {
    byId("alert").textContent = error.message;
  }
}

function editLast() {
  const own = conversation.inChannel(chosen.channel.id, chosen.person.id).filter(
    (one) => one.entry?.message.user === chosen.person.id && !one.entry.only_for,
  );
  if (own.length) composer.edit(own.at(-1).entry);
}

// The person and channel of before, by name: ids are new after the workspace was started again.
function choose(kind, list) {
  const name = chosen[kind]?.name ?? remembered(kind);
  chosen[kind] = list.find((one) => one.name === name) ?? list[0];
}

function remembered(kind) {
  try {
    return sessionStorage.getItem(`camp.${kind}`);
  } catch {
    return null;
  }
}

function remember(kind) {
  try {
    sessionStorage.setItem(`camp.${kind}`, chosen[kind].name);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}

function drawChannels() {
  const button = (channel) =>
    make(
      "button",
      { type: "button", "aria-current": channel.id === chosen.channel.id ? "true" : null, onclick: () => enter(channel) },
      make("span", { "aria-hidden": "true", class: "hash" }, "#"),
      channel.name,
    );
  byId("channels").replaceChildren(...conversation.state.channels.map((one) => make("li", {}, button(one))));
  byId("room-name").textContent = `#${chosen.channel.name}`;
}

function drawPeople() {
  const choice = (person) => {
    const radio = make("input", { type: "radio", name: "person", value: person.id, class: "unseen", onchange: () => become(person) });
    radio.checked = person.id === chosen.person.id;
    return make("label", {}, radio, avatar(person.name, false), person.name);
  };
  byId("people").replaceChildren(...conversation.state.people.map(choice));
}

function enter(channel) {
  const from = chosen.channel.id;
  if (from === channel.id) return;
  chosen.channel = channel;
  remember("channel");
  composer.move(from, channel.id);
  drawChannels();
  composer.show();
  room.draw();
  byId("channels").querySelector("[aria-current]").focus();
  announce(say("here", { channel: channel.name }));
}

function become(person) {
  chosen.person = person;
  remember("person");
  if (composer.mode?.kind === "edit") {
    composer.leave();
    byId("people").querySelector("input:checked").focus();
  }
  composer.show();
  room.draw();
  announce(say("speaking", { person: person.name }));
}

async function begin() {
  const state = await load("api/state");
  const started = chosen.channel !== null;
  const same = conversation.state.run === state.run;
  if (!same || state.last !== conversation.last) {
    conversation.fill(state);
    choose("channel", state.channels);
    choose("person", state.people);
    byId("mention").textContent = say("mention", { app: state.app.name });
    drawChannels();
    drawPeople();
    if (!same && started) composer.mode = null;
    composer.show();
    room.draw();
  }
  return `api/live?since=${conversation.last}`;
}

function hear(entry) {
  if (entry.number !== conversation.last + 1) {
    live.start(); // too slow: the journal went on without us
    return;
  }
  const found = conversation.hear(entry);
  if (found) room.changed(found);
}

const live = new Live(begin, hear);
live.start();
if (window.parent === window) byId("text").focus({ preventScroll: true }); // in a frame, it would take it from the notebook
