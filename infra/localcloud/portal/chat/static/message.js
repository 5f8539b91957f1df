// One message on the page. Its parts change one by one, so that focus stays where it is.

import { attemptsList, foldedAttempts } from "./attempts.js";
import { has, make, say, shorten } from "../dom.js";
import { reactionMenu, reactionsList } from "./reactions.js";
import { elements, textOf } from "./slacktext.js";

const HOUR = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export function timeOf(ts) {
  const date = new Date(Number(ts) * 1000);
  return make("time", { datetime: date.toISOString(), title: date.toLocaleString() }, HOUR.format(date));
}

export function avatar(name, app) {
  return make("span", { class: app ? "avatar app" : "avatar", "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
}

// To the pages that the open lab has.
function traceLinks(trace) {
  const link = (page, name) => (has(page) ? [make("a", { class: "quiet", href: `${page}?trace=${encodeURIComponent(trace)}` }, say(name))] : []);
  return [...link("timeline", "timeline"), ...link("functions", "trace")];
}

// `acts`: reply, edit, again, react(entry, ...); `person` is who speaks.
export class MessageView {
  constructor(conversation, entry, person, acts) {
    Object.assign(this, { conversation, person, acts, entry });
    const { message } = entry;
    this.app = conversation.byApp(message);
    this.author = conversation.author(message);
    this.text = make("div", { class: "text" });
    this.head = make("p", { class: "head" });
    this.reactions = make("p", { class: "reactions" });
    this.attempts = make("ol", { class: "attempts" });
    this.fold = make("span", { class: "fold" });
    this.thread = make("ol", { class: "thread" });
    this.actions = make("p", { class: "actions" }, ...this.buttons());
    const body = make("div", { class: "body" }, this.head, this.text, this.reactions, this.actions);
    this.card = make("article", { class: "card" }, avatar(this.author, this.app), body, this.fold, this.attempts);
    this.element = make("li", { class: entry.only_for ? "message private" : "message", "data-ts": message.ts }, this.card, this.thread);
    this.update(entry);
    this.deliver();
  }

  buttons() {
    const { message, only_for: onlyFor, trace } = this.entry;
    const excerpt = () => shorten(this.conversation.plain(this.entry.message), 40);
    const button = (name, act, label) =>
      make("button", { type: "button", class: "quiet", "aria-label": say(label, { person: this.author, text: excerpt() }), onclick: () => act(this.entry) }, say(name));
    const found = [];
    if (!onlyFor) {
      found.push(button("reply", this.acts.reply, "replyThis"));
      found.push(reactionMenu(say("reactThis", { person: this.author, text: excerpt() }), (name) => this.acts.react(this.entry, name)));
      if (message.user === this.person && !this.app) found.push(button("edit", this.acts.edit, "editThis"));
      found.push(button("again", this.acts.again, "againThis"));
    }
    if (trace) found.push(...traceLinks(trace));
    return found;
  }

  update(entry) {
    this.entry = entry;
    const { message } = entry;
    this.head.replaceChildren(
      make("strong", {}, this.author),
      ...(this.app ? [make("span", { class: "badge" }, say("app"))] : []),
      timeOf(message.ts),
      ...(message.edited ? [make("span", { class: "note" }, say("edited"))] : []),
      ...(entry.only_for ? [make("span", { class: "note" }, say("onlyYou"))] : []),
    );
    this.text.replaceChildren(...elements(textOf(message), this.conversation));
    this.showReactions(message);
  }

  showReactions(message) {
    const focused = this.reactions.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const fresh = reactionsList(message, this.conversation, this.person, (name) => this.acts.react(this.entry, name));
    this.reactions.replaceWith(fresh);
    this.reactions = fresh;
    if (focused === null) return;
    const same = [...fresh.children].find((one) => one.dataset.name === focused);
    (same ?? this.actions.querySelector("summary"))?.focus();
  }

  deliver() {
    const { channel, message } = this.entry;
    const [found, app] = [this.conversation.attemptsOf(channel, message.ts), this.conversation.state.app.name];
    const [list, fold] = [attemptsList(found, app), foldedAttempts(found, app, this.card)];
    const focused = this.fold === document.activeElement;
    this.attempts.replaceWith(list);
    this.fold.replaceWith(fold);
    Object.assign(this, { attempts: list, fold });
    if (focused) fold.focus();
  }
}

// A command that a person typed, with what its app answered.
export function commandItem(conversation, typed) {
  const author = conversation.user(typed.user) ?? "?";
  const head = make("p", { class: "head" }, make("strong", {}, author), timeOf(typed.ts), make("span", { class: "note" }, say("onlyYou")));
  const text = make("p", { class: "text" }, make("code", {}, `${typed.command} ${typed.text}`.trim()));
  const answered = "delivery" in typed;
  const wait = answered ? null : make("p", { class: "hint" }, say("waiting"));
  const trace = typed.delivery?.trace;
  const links = trace ? traceLinks(trace) : [];
  const body = make("div", { class: "body" }, head, text, wait, make("p", { class: "actions" }, ...links));
  const [deliveries, app] = [typed.delivery ? [typed.delivery] : [], conversation.state.app.name];
  const card = make("article", { class: "card" }, avatar(author, false), body);
  card.append(foldedAttempts(deliveries, app, card), attemptsList(deliveries, app));
  return make("li", { class: "message private", "data-ts": typed.ts }, card);
}
