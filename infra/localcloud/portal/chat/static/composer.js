// Where a person writes: new messages, replies, edits and /commands. A text stays until it was taken.

import { change } from "../api.js";
import { byId, say, shorten } from "../dom.js";

const COMMAND = /^\/\S+/;

export class Composer {
  // `place()` gives {person, channel} as {id, name}; `sent` is told after each success; `editLast` is asked on Arrow up.
  constructor(conversation, place, sent, editLast) {
    Object.assign(this, { conversation, place, sent, editLast, mode: null, aside: null, drafts: new Map() });
    this.text = byId("text");
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.text.addEventListener("keydown", (event) => this.pressed(event));
    this.text.addEventListener("input", () => this.fit());
    byId("mode-off").addEventListener("click", () => this.leave());
    byId("mention").addEventListener("click", () => this.insert(`@${this.conversation.state.app.name} `));
  }

  pressed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.mode) {
      this.leave();
    } else if (event.key === "ArrowUp" && !this.text.value && !this.mode) {
      event.preventDefault();
      this.editLast();
    }
  }

  insert(text) {
    const { selectionStart: start, selectionEnd: end, value } = this.text;
    const gap = start > 0 && !/\s/.test(value[start - 1]) ? " " : "";
    this.text.setRangeText(gap + text, start, end, "end");
    this.fit();
    this.text.focus();
  }

  write(text) {
    this.text.value = text;
    this.text.setSelectionRange(text.length, text.length);
    this.fit();
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 240)}px`;
  }

  reply(entry) {
    const root = this.conversation.rootOf(entry) ?? entry;
    this.enter({ kind: "reply", entry: root });
  }

  edit(entry) {
    this.enter({ kind: "edit", entry });
    this.write(this.conversation.plain(entry.message));
  }

  enter(mode) {
    if (this.mode?.kind === "edit") this.leave();
    if (mode.kind === "edit") this.aside = this.text.value;
    this.mode = mode;
    this.show();
    this.text.focus();
  }

  leave() {
    if (this.mode?.kind === "edit") this.write(this.aside ?? "");
    this.mode = null;
    this.aside = null;
    this.show();
    this.text.focus();
  }

  // Another channel: its own draft comes back.
  move(from, to) {
    if (this.mode) this.leave();
    if (from) this.drafts.set(from, this.text.value);
    this.write(this.drafts.get(to) ?? "");
  }

  show() {
    const { person, channel } = this.place();
    const editing = this.mode?.kind === "edit";
    this.text.placeholder = say(this.mode ? "replyPlaceholder" : "placeholder", { person: person.name, channel: channel.name });
    byId("send").textContent = say(editing ? "save" : "send");
    byId("mode").hidden = !this.mode;
    if (!this.mode) return;
    const { message } = this.mode.entry;
    const values = { person: this.conversation.author(message), text: shorten(this.conversation.plain(message)) };
    byId("mode-words").textContent = editing ? say("editing") : say("replyTo", values);
  }

  async send() {
    const text = this.text.value.trim();
    if (!text || this.text.readOnly) return;
    this.text.readOnly = true;
    byId("alert").textContent = "";
    try {
      await this.hand(text);
      this.write(this.mode?.kind === "edit" ? (this.aside ?? "") : "");
      this.mode = null;
      this.show();
      this.sent();
    } catch (error) {
      byId("alert").textContent = error.message;
    } finally {
      this.text.readOnly = false;
    }
  }

  hand(text) {
    const { person, channel } = this.place();
    const here = { person: person.id, channel: channel.id };
    if (this.mode?.kind === "edit") return change("api/edit", { ...here, ts: this.mode.entry.message.ts, text });
    if (this.mode) return change("api/say", { ...here, text, thread: this.mode.entry.message.ts });
    const command = COMMAND.exec(text)?.[0];
    if (command) return change("api/slash", { ...here, command, text: text.slice(command.length).trim() });
    return change("api/say", { ...here, text });
  }
}
