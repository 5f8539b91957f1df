// Looks again and again while the page can be seen.

import { byId, say } from "./dom.js";
import { show } from "./live.js";

// `look` loads and shows; what it throws is told in #trouble until it works again.
export class Poll {
  constructor(look, milliseconds) {
    Object.assign(this, { look, milliseconds, timer: null, round: 0 });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.now()));
  }

  stop() {
    this.round += 1;
    clearTimeout(this.timer);
  }

  async now() {
    this.stop();
    const round = this.round;
    try {
      await this.look(() => round === this.round);
      if (round === this.round) this.tell("");
    } catch (error) {
      if (round === this.round) this.tell(error.message);
    }
    if (round === this.round) this.timer = setTimeout(() => this.now(), this.milliseconds);
  }

  tell(trouble) {
    show(trouble ? "lost" : "live", say(trouble ? "reconnecting" : "live"));
    const box = byId("trouble");
    if (box.textContent !== trouble) box.textContent = trouble;
  }
}
