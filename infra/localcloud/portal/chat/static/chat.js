// The chat page.

import { change, load } from "../api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, byId, say } from "../dom.js";
import { Live } from "../live.js";
import { Places } from "./places.js";
import { Room } from "./room.js";

const conversation = new Conversation();
const places = new Places(enter, become);
const place = () => places;

const room = new Room(conversation, place, {
  reply: (entry) => composer.reply(entry),
  edit: (entry) => composer.edit(entry),
  example: (text) => {
    composer.write("");
    composer.insert(text);
  },
  again: (entry) => ask("api/duplicate", about(entry), say("sentAgain")),
  react: (entry, name) => ask("api/react", { ...about(entry), person: places.person.id, name }),
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
  const own = conversation.inChannel(places.channel.id, places.person.id).filter(
    (one) => one.entry?.message.user === places.person.id && !one.entry.only_for,
  );
  if (own.length) composer.edit(own.at(-1).entry);
}

function enter(channel) {
  const from = places.channel.id;
  if (from === channel.id) return;
  places.choose("channel", channel);
  composer.move(from, channel.id);
  composer.show();
  room.draw();
  announce(say("here", { channel: channel.name }));
}

function become(person) {
  const focused = document.activeElement;
  places.choose("person", person);
  if (composer.mode?.kind === "edit") {
    composer.leave();
    (focused.isConnected ? focused : byId("people").querySelector("input:checked")).focus();
  }
  composer.show();
  room.draw();
  announce(say("speaking", { person: person.name }));
}

async function begin() {
  const state = await load("api/state");
  const started = places.channel !== null;
  const same = conversation.state.run === state.run;
  if (!same || state.last !== conversation.last) {
    conversation.fill(state);
    places.fill(state);
    byId("mention").textContent = say("mention", { app: state.app.name });
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
