// The invocations, newest first, each with its log lines.

import { byId, has, make, say } from "../dom.js";

const MOST = 200;
const TIME = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

class Invocation {
  constructor(entry) {
    this.facts = { id: entry.id, function: entry.function, trace: entry.trace, at: entry.at };
    this.summary = make("summary");
    this.log = make("ol", { class: "lines" });
    this.nothing = make("p", { class: "hint" }, say("noLog"));
    const link = entry.trace ? make("a", { class: "quiet", href: `timeline?trace=${encodeURIComponent(entry.trace)}` }, say("timeline")) : null;
    const more = make("p", { class: "hint" }, link);
    this.element = make("li", { class: "invocation" }, make("details", {}, this.summary, this.nothing, this.log, more));
  }

  hear(entry) {
    if (entry.kind === "invocation.log") this.line(entry);
    else Object.assign(this.facts, entry, { at: this.facts.at, kind: entry.kind });
    if (entry.line) this.line({ level: entry.ok === false ? "ERROR" : "INFO", message: entry.line });
    this.show();
  }

  line({ level, message }) {
    this.nothing.hidden = true;
    const plainLevel = level.toLowerCase();
    this.log.append(make("li", { class: `line ${plainLevel}` }, make("span", { class: "level" }, level), make("pre", {}, message)));
  }

  show() {
    const { facts } = this;
    const done = facts.kind === "invocation.finished";
    const result = done ? (facts.ok ? "succeeded" : "failedNow") : "runningNow";
    this.element.classList.toggle("bad", done && !facts.ok);
    const cell = (name, text) => make("span", { class: name }, text);
    const cells = [
      make("span", { class: "mark", "aria-hidden": "true" }, done ? (facts.ok ? "✓" : "✕") : "…"),
      cell("name", facts.function),
      cell("trigger", facts.trigger ?? ""),
      cell("result", say(result)),
      cell("time", done ? say("milliseconds", { number: Math.round(facts.duration_ms) }) : ""),
      cell("worker", facts.worker_pid ? say("worker", { pid: facts.worker_pid }) : ""),
      cell("trace", facts.trace ? say("trace", { trace: facts.trace.slice(0, 8) }) : ""),
      cell("at", TIME.format(new Date(facts.at * 1000))),
      ...(facts.message ? [cell("why", facts.message)] : []),
    ];
    this.summary.replaceChildren(...cells.filter((one) => one.textContent));
  }
}

// Shows every invocation, or those of one trace.
export class Invocations {
  constructor(trace) {
    this.trace = trace;
    this.known = new Map();
    this.list = byId("invocations");
    this.clear();
  }

  clear() {
    this.known.clear();
    this.list.replaceChildren();
    this.showEmpty();
  }

  hear(entry) {
    if (this.trace && entry.trace !== this.trace) return;
    let found = this.known.get(entry.id);
    if (!found) {
      found = new Invocation(entry);
      this.known.set(entry.id, found);
      this.list.prepend(found.element);
      if (this.trace) found.element.firstElementChild.open = true;
      this.forget();
      this.showEmpty();
    }
    found.hear(entry);
  }

  forget() {
    if (this.known.size <= MOST) return;
    const [id, oldest] = this.known.entries().next().value;
    oldest.element.remove();
    this.known.delete(id);
  }

  showEmpty() {
    const empty = byId("invocations-empty");
    empty.hidden = this.known.size > 0;
    empty.textContent = say(this.trace ? "noneInTrace" : has("") ? "noInvocations" : "noCalls");
  }
}
