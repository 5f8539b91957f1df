// How one message looks.

import { deliveryList } from "./deliveries.js";
import { element, text } from "./page.js";

/** A message as an article; `room` knows people, bot and deliveries; `acts` are what its buttons do. */
export function messageArticle(facts, room, acts) {
  const { message } = facts;
  const bot = Boolean(message.bot_id);
  const name = message.username || room.nameOf(message.user) || message.user || "";
  return element(
    "article",
    { className: `message${bot ? " bot" : ""}${facts.only_for ? " only" : ""}`, "data-ts": message.ts },
    element("div", { className: "avatar", "aria-hidden": "true" }, [...name][0] || "?"),
    element(
      "div",
      {},
      heading(facts, name, bot, room),
      element("div", { className: "words" }, ...words(message.text, room)),
      reactions(message),
      deliveryList(room.deliveriesOf(message.ts)),
      buttons(facts, room, acts),
    ),
  );
}

function heading(facts, name, bot, room) {
  const { message } = facts;
  const when = new Date(Number(message.ts) * 1000);
  return element(
    "div",
    {},
    element("span", { className: "who" }, name),
    " ",
    bot ? element("span", { className: "mark" }, text("app")) : null,
    " ",
    element("time", { dateTime: when.toISOString() }, when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })),
    message.edited ? element("span", { className: "mark" }, text("edited")) : null,
    facts.only_for ? element("span", { className: "mark" }, text("only_you", { person: room.nameOf(facts.only_for) })) : null,
  );
}

/** The text with <@U…> shown as @name. */
function words(raw, room) {
  return raw.split(/(<@\w+(?:\|[^>]*)?>)/).map((part) => {
    const found = /^<@(\w+)/.exec(part);
    return found ? element("span", { className: "at" }, `@${room.nameOf(found[1]) || found[1]}`) : part;
  });
}

function reactions(message) {
  const found = message.reactions || [];
  if (!found.length) return null;
  return element("div", { className: "reactions" }, ...found.map((one) => element("span", {}, `:${one.name}: ${one.count}`)));
}

function buttons(facts, room, acts) {
  if (facts.only_for) return null;
  const { message } = facts;
  const act = (name, run, title = "") => element("button", { type: "button", className: "quiet small", title, onclick: () => run(facts) }, text(name));
  const mine = !message.bot_id && message.user === room.person();
  return element(
    "div",
    { className: "acts" },
    act("reply", acts.reply),
    mine ? act("edit", acts.edit) : null,
    message.bot_id ? null : act("again", acts.again, text("again_title")),
  );
}
