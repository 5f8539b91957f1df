// A live stream that begins with a state, and begins again by itself when anything breaks.

import { byId, say } from "./dom.js";

const AGAIN_MS = 1000;

// `begin` loads and shows the state; it returns the address of the stream that follows, or null to try again later.
export class Live {
  constructor(begin, hear) {
    this.begin = begin;
    this.hear = hear;
    this.source = null;
    this.timer = null;
    this.round = 0;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
  }

  async start() {
    this.stop();
    const round = this.round;
    let address = null;
    try {
      address = await this.begin();
    } catch {
      if (round === this.round) show("lost", say("reconnecting"));
    }
    if (round !== this.round) return;
    if (address === null) this.later();
    else this.follow(address);
  }

  stop() {
    this.round += 1;
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  later() {
    this.stop();
    this.timer = setTimeout(() => this.start(), AGAIN_MS);
  }

  follow(address) {
    this.source = new EventSource(address);
    this.source.addEventListener("open", () => show("live", say("live")));
    this.source.addEventListener("message", (event) => this.hear(JSON.parse(event.data)));
    this.source.addEventListener("error", () => {
      show("lost", say("reconnecting"));
      this.later();
    });
  }
}

export function show(state, text) {
  const link = byId("link");
  if (link.dataset.state === state && link.textContent === text) return;
  link.dataset.state = state;
  link.textContent = text;
}
