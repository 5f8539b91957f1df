// The open channel: its messages in order, threads under their roots, and where the page is scrolled to.

import { byId, make, say } from "../dom.js";
import { commandItem, MessageView } from "./message.js";

const NEAR_PX = 80;

export class Room {
  constructor(conversation, place, acts) {
    Object.assign(this, { conversation, place, acts, views: new Map() });
    this.list = byId("messages");
    this.log = byId("log");
    this.log.addEventListener("scroll", () => this.atEnd() && this.jumpOff());
    byId("jump").addEventListener("click", () => this.toEnd());
  }

  // Everything anew: another channel, another person, or a fresh state.
  draw() {
    const { person, channel } = this.place();
    this.views.clear();
    this.list.replaceChildren();
    this.conversation.inChannel(channel.id, person.id).forEach((one) => this.add(one));
    this.showEmpty();
    this.toEnd();
  }

  add({ ts, entry, command }) {
    if (command) {
      this.insert(this.list, commandItem(this.conversation, command));
      return;
    }
    const view = new MessageView(this.conversation, entry, this.place().person.id, this.acts);
    const root = this.conversation.rootOf(entry);
    const above = root && this.views.get(root.message.ts);
    this.views.set(ts, view);
    this.insert(above ? above.thread : this.list, view.element);
  }

  insert(list, element) {
    const later = [...list.children].find((one) => one.dataset.ts > element.dataset.ts);
    list.insertBefore(element, later ?? null);
  }

  // One thing has changed, as the conversation told.
  changed({ kind, channel, ts }) {
    const { person, channel: open } = this.place();
    if (channel !== open.id) return;
    const stuck = this.atEnd();
    const count = this.list.querySelectorAll("li.message").length;
    if (kind === "attempts") this.views.get(ts)?.deliver();
    else if (kind === "gone") this.remove(ts);
    else if (kind === "command") this.command(ts, person.id);
    else this.message(channel, ts, person.id);
    this.showEmpty();
    if (stuck) this.toEnd();
    else if (this.list.querySelectorAll("li.message").length > count) byId("jump").hidden = false;
  }

  message(channel, ts, person) {
    const entry = this.conversation.message(channel, ts);
    if (!entry || (entry.only_for && entry.only_for !== person)) return;
    const known = this.views.get(ts);
    if (known) known.update(entry);
    else this.add({ ts, entry });
  }

  command(ts, person) {
    const command = this.conversation.commands.get(ts);
    if (command.user !== person) return;
    this.list.querySelector(`:scope > li[data-ts="${CSS.escape(ts)}"]`)?.remove();
    this.add({ ts, command });
  }

  remove(ts) {
    this.views.get(ts)?.element.remove();
    this.views.delete(ts);
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_PX;
  }

  toEnd() {
    this.log.scrollTop = this.list.childElementCount ? this.log.scrollHeight : 0; // the first steps are read from the top
    this.jumpOff();
  }

  jumpOff() {
    if (byId("jump").contains(document.activeElement)) byId("text").focus();
    byId("jump").hidden = true;
  }

  showEmpty() {
    const empty = byId("empty");
    const none = this.list.childElementCount === 0;
    if (empty.hidden === !none && (!none || empty.childElementCount)) return;
    empty.hidden = !none;
    if (none) empty.replaceChildren(...this.firstSteps());
  }

  firstSteps() {
    const { app, trigger, commands } = this.conversation.state;
    const steps = [
      [`@${app.name} hello`, say("tryMention")],
      [trigger, say("tryHello")],
      [commands[0] ?? "", say("tryCommand")],
    ];
    const items = steps.filter(([text]) => text).map(([text, meaning]) =>
      make("li", {}, make("button", { type: "button", class: "example", onclick: () => this.acts.example(text) }, text), make("span", {}, meaning)),
    );
    return [make("h2", {}, say("emptyTitle")), make("p", {}, say("emptyText")), make("ul", {}, ...items)];
  }
}
