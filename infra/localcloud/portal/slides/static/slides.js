// The page of slides: a link to each deck that was made here, and how to make one.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { Poll } from "../poll.js";

const EVERY_MS = 5000;
const poll = new Poll(async (current) => {
  const found = await load("api/slides");
  if (current()) showAll(found);
}, EVERY_MS);

function showAll({ decks, deck }) {
  byId("empty").textContent = say("none");
  byId("empty").hidden = decks.length > 0;
  byId("decks").replaceChildren(...decks.map((one) => row(one, one.name === deck)));
  const missing = Boolean(deck) && !decks.some((one) => one.name === deck);
  byId("make").textContent = say("make");
  byId("command").textContent = `camp slides ${parseInt(deck, 10)}`;
  byId("make").hidden = byId("command").hidden = !missing;
}

function row({ name, title }, isOfTheLab) {
  const text = isOfTheLab ? say("current", { title }) : title;
  return make("li", {}, make("a", { href: `slides/${name}`, target: "_blank", rel: "noopener" }, text));
}

poll.now();
