// The last requests of a container, with what they were charged, and which were refused.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { keyText, time } from "./figures.js";
import { fill } from "../keyed.js";

const EVERY_MS = 1500;
const MOST = 200;

export class Requests {
  constructor(fail) {
    this.fail = fail;
    this.on = false;
    document.addEventListener("visibilitychange", () => this.turn(this.on));
  }

  begin({ database, container }) {
    Object.assign(this, { place: { database, container }, items: [], since: 0 });
  }

  turn(on) {
    this.on = on;
    clearTimeout(this.timer);
    if (on && !document.hidden) this.look();
  }

  async look() {
    const place = this.place;
    try {
      const { requests } = await load(`api/data/requests?${new URLSearchParams({ ...place, since: this.since })}`);
      if (place === this.place && this.on) this.show(requests);
    } catch (error) {
      if (this.on) this.fail(error);
    }
    clearTimeout(this.timer);
    if (this.on && !document.hidden) this.timer = setTimeout(() => this.look(), EVERY_MS);
  }

  show(requests) {
    byId("requests-missing").hidden = requests !== null;
    byId("requests-missing").textContent = say("noRequests");
    byId("request-rows").closest(".scroll").hidden = requests === null;
    for (const one of requests ?? []) {
      if (one.sequence <= this.since) continue;
      this.since = one.sequence;
      this.items.unshift(one);
    }
    this.items.length = Math.min(this.items.length, MOST);
    fill(byId("request-rows"), this.items, (one) => one.sequence, row);
    byId("no-requests").hidden = requests === null || this.items.length > 0;
  }
}

function row({ at, operation, key, partition, charge, status, substatus, ms, query }) {
  const what = make("td", { class: "what" }, operation, query ? make("code", { class: "note" }, query) : null);
  const told = substatus ? `${status}/${substatus}` : String(status);
  return make(
    "tr",
    { class: status === 429 ? "refused-row" : null },
    make("td", { class: "when" }, time(at)),
    what,
    make("td", { class: "key" }, key ? keyText(key) : say("several")),
    make("td", {}, partition ?? say("several")),
    make("td", { class: "number" }, charge.toFixed(2)),
    make("td", { class: "status" }, told),
    make("td", { class: "number" }, ms.toFixed(1)),
  );
}
