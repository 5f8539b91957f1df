// Throughput, and the emulator's own switches.

import { change, load } from "../api.js";
import { announce, byId, say } from "../dom.js";

const NUMBER = new Intl.NumberFormat(document.documentElement.lang);
const LEAST = { manual: 100, autoscale: 1000 };

export class Scale {
  constructor(fail) {
    this.fail = fail;
    this.kinds = byId("scale-form").elements.kind;
    byId("scale-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("scale", { ...this.place, [this.kinds.value]: Number(byId("throughput").value) });
    });
    byId("scale-form").addEventListener("change", () => this.limit());
    byId("layout-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("partitions", { ...this.place, count: Number(byId("partition-count").value) });
    });
    byId("burst").addEventListener("change", (event) => this.act("burst", { on: event.target.checked }));
    byId("relaxed").addEventListener("change", (event) => this.act("fidelity", { relaxed: event.target.checked }));
  }

  begin({ database, container }) {
    this.place = { database, container };
    this.read = false;
  }

  turn(on) {
    if (on) this.load().catch(this.fail);
  }

  async load() {
    const place = this.place;
    const found = await load(`api/data/scale?${new URLSearchParams(place)}`);
    if (place === this.place) this.show(found);
  }

  show({ manual, autoscale, shared, physics }) {
    byId("scale-now").textContent = told({ manual, autoscale, shared, physics });
    byId("scale-form").hidden = shared || (manual ?? autoscale) === null;
    this.kinds.value = autoscale ? "autoscale" : "manual";
    byId("throughput").value = autoscale ?? manual ?? 400;
    this.limit();
    for (const part of document.querySelectorAll(".emulator")) part.hidden = !physics;
    if (!physics) return;
    byId("partition-count").value = physics.partitions;
    byId("burst").checked = physics.burst;
    byId("relaxed").checked = Boolean(physics.relaxed);
  }

  limit() {
    const least = LEAST[this.kinds.value];
    byId("throughput").min = byId("throughput").step = least;
  }

  async act(path, body) {
    this.fail(null);
    try {
      await change(`api/data/${path}`, body);
      announce(say("scaled"));
      await this.load();
    } catch (error) {
      this.fail(error);
      this.load().catch(() => {});
    }
  }
}

function told({ manual, autoscale, shared, physics }) {
  const ru = manual ?? autoscale;
  if (ru === null) return say("noOffer");
  let offer = say(autoscale ? "autoscale" : "manual", { ru: NUMBER.format(ru) });
  if (shared) offer = say("shared", { offer });
  if (!physics) return offer;
  const { partitions: count } = physics;
  return count > 1 ? say("overPartitions", { offer, count, each: NUMBER.format(Math.round((ru / count) * 10) / 10) }) : say("onePartition", { offer });
}
