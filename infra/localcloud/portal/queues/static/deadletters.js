// Dead letters of every cloud, side by side, each with a button that puts it back.

import { change, load } from "../api.js";
import { announce, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 2000;

export class DeadLetters {
  // `tell` shows a sentence about what went wrong; an empty one takes it away.
  constructor(place, tell) {
    this.place = place;
    this.tell = tell;
    this.poll = new Poll((current) => this.look(current), EVERY_MS);
    this.poll.now();
  }

  async look(current) {
    const sources = await load("api/queues/dead");
    if (current()) fill(this.place, sources, (one) => one.of, (one) => this.side(one));
  }

  side({ of, title, groups, problem }) {
    const none = problem ?? (groups.length ? null : say("noPlaces"));
    return make(
      "section",
      { class: "side-by-side", "aria-label": title },
      make("h3", {}, title),
      none ? make("p", { class: "hint" }, none) : null,
      ...groups.flatMap((group) => this.group(of, group)),
    );
  }

  group(source, { name, of, tries, count, letters }) {
    const heading = of ? say(tries ? "deadTries" : "deadOf", { of, name, tries }) : name;
    return [
      make("h4", { class: count ? "bad" : "" }, heading),
      make("p", { class: "hint" }, count ? say("deadCount", { count }) : say("noDead")),
      make("ol", { class: "messages" }, ...letters.map((letter) => this.letter(source, name, letter))),
    ];
  }

  letter(source, group, { id, text }) {
    const button = make("button", { type: "button", class: "quiet", "aria-label": say("replayThis", { text: text.slice(0, 60) }) }, say("replay"));
    button.addEventListener("click", () => this.replay(source, group, id, button));
    return make("li", { class: "message" }, make("pre", {}, text), make("div", { class: "actions" }, button));
  }

  async replay(source, group, id, button) {
    this.tell("");
    button.disabled = true;
    try {
      await change(`api/queues/dead/${source}/replay`, { group, id });
      announce(say("saidReplayed"));
    } catch (error) {
      this.tell(error.message);
      button.disabled = false;
    }
    this.poll.now();
  }
}
