// What the page knows of the workspace: its state, then every entry of the journal after it.

import { textOf, typed } from "./slacktext.js";

export class Conversation {
  constructor() {
    this.fill({ channels: [], people: [], users: {}, messages: [], typed: [], deliveries: [], commands: [] });
  }

  fill(state) {
    this.state = state;
    this.last = state.last ?? 0;
    this.messages = new Map();
    this.commands = new Map();
    this.attempts = new Map();
    state.messages.forEach((one) => this.put(one));
    state.typed.forEach((one) => this.commands.set(one.ts, one));
    state.deliveries.forEach((one) => this.deliver(one));
  }

  put(entry) {
    this.messages.set(key(entry.channel, entry.message.ts), entry);
  }

  deliver(delivery) {
    const place = key(delivery.channel, delivery.message_ts);
    const known = this.attempts.get(place) ?? [];
    if (!known.some((one) => one.id === delivery.id)) this.attempts.set(place, [...known, delivery]);
  }

  // Takes one journal entry; says what changed: {kind, channel, ts}, or null.
  hear(entry) {
    this.last = entry.number;
    if (entry.kind === "delivery.attempted") return this.heardDelivery(entry);
    if (entry.kind.startsWith("command.")) {
      this.commands.set(entry.typed.ts, entry.typed);
      return { kind: "command", channel: entry.typed.channel, ts: entry.typed.ts };
    }
    if (!entry.message) return null;
    const { channel, message } = entry;
    if (entry.kind === "message.deleted") this.messages.delete(key(channel, message.ts));
    else this.put(entry);
    return { kind: entry.kind === "message.deleted" ? "gone" : "message", channel, ts: message.ts };
  }

  heardDelivery(entry) {
    if (!entry.message_ts) return null;
    this.deliver(entry);
    return { kind: "attempts", channel: entry.channel, ts: entry.message_ts };
  }

  // What `person` sees in a channel, oldest first: messages and the person's own commands.
  inChannel(channel, person) {
    const messages = [...this.messages.values()].filter(
      (one) => one.channel === channel && (!one.only_for || one.only_for === person),
    );
    const commands = [...this.commands.values()].filter((one) => one.channel === channel && one.user === person);
    return [...messages.map((one) => ({ ts: one.message.ts, entry: one })), ...commands.map((one) => ({ ts: one.ts, command: one }))].sort(
      (one, other) => (one.ts < other.ts ? -1 : 1),
    );
  }

  message(channel, ts) {
    return this.messages.get(key(channel, ts));
  }

  attemptsOf(channel, ts) {
    return this.attempts.get(key(channel, ts)) ?? [];
  }

  rootOf(entry) {
    const { ts, thread_ts: thread } = entry.message;
    return thread && thread !== ts ? this.message(entry.channel, thread) : undefined;
  }

  user(id) {
    return this.state.users[id]?.name;
  }

  channel(id) {
    return this.state.channels.find((one) => one.id === id)?.name;
  }

  author(message) {
    return message.username ?? this.user(message.user) ?? message.bot_profile?.name ?? "?";
  }

  byApp(message) {
    return Boolean(message.bot_id) || this.state.users[message.user]?.bot === true;
  }

  plain(message) {
    return typed(textOf(message), this);
  }
}

function key(channel, ts) {
  return `${channel} ${ts}`;
}
