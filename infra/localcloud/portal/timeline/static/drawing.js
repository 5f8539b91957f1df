// The drawing of one timeline, whose bars can be chosen: by a click, or with the arrow keys.

import { make, say } from "../dom.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Drawing {
  constructor(sheet, about) {
    Object.assign(this, { sheet, about, timeline: null, chosen: null, shown: "" });
    sheet.addEventListener("keydown", (event) => this.step(event));
    sheet.addEventListener("focusin", (event) => this.choose(barOf(event.target)));
    sheet.addEventListener("click", (event) => barOf(event.target)?.focus());
  }

  draw(timeline) {
    if (timeline.svg === this.shown) return;
    if (timeline.trace !== this.timeline?.trace) this.chosen = null;
    this.timeline = timeline;
    this.shown = timeline.svg;
    const focused = this.sheet.contains(document.activeElement);
    const picture = new DOMParser().parseFromString(timeline.svg, "image/svg+xml").documentElement;
    picture.setAttribute("role", "group");
    this.sheet.replaceChildren(document.adoptNode(picture));
    this.bars.forEach((bar) => this.prepare(bar));
    this.show(this.find(this.chosen) ?? this.bars[0], focused);
    if (!this.chosen) this.about.replaceChildren(make("p", { class: "hint" }, say("choose")));
  }

  get bars() {
    return [...this.sheet.querySelectorAll("[data-bar]")];
  }

  find(id) {
    return this.bars.find((bar) => bar.dataset.bar === id);
  }

  prepare(bar) {
    bar.setAttribute("tabindex", "-1");
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", bar.querySelector("title").textContent);
  }

  // One bar alone can be reached by Tab; the arrow keys move on from it.
  show(bar, focus) {
    this.bars.forEach((one) => one.setAttribute("tabindex", one === bar ? "0" : "-1"));
    if (focus) bar?.focus();
  }

  step(event) {
    const step = STEPS[event.key];
    const order = this.timeline.bars.map((one) => this.find(one.id)).filter(Boolean);
    const place = order.indexOf(barOf(event.target));
    if (!step || place < 0) return;
    event.preventDefault();
    order[Math.min(order.length - 1, Math.max(0, place + step))].focus();
  }

  choose(bar) {
    if (!bar) return;
    this.show(bar, false);
    if (this.chosen === bar.dataset.bar && this.about.querySelector("dl")) return;
    this.chosen = bar.dataset.bar;
    this.bars.forEach((one) => one.classList.toggle("chosen", one === bar));
    const found = this.timeline.bars.find((one) => one.id === this.chosen);
    if (found) this.about.replaceChildren(this.facts(found), this.origin(found), this.links(found));
  }

  facts(bar) {
    const rows = bar.facts.flatMap(([label, text]) => [make("dt", {}, label), make("dd", {}, text)]);
    return make("dl", {}, ...rows);
  }

  origin(bar) {
    const link = this.timeline.links.find((one) => one.to === bar.id);
    const name = this.timeline.bars.find((one) => one.id === link?.from)?.label;
    return make("p", { class: "hint" }, name ? say(link.how === "known" ? "fromBar" : "probablyFromBar", { name }) : "");
  }

  links(bar) {
    const other = bar.trace && bar.trace !== this.timeline.trace ? bar.trace : null;
    const link = (page, trace, name) => make("a", { href: `${page}?trace=${encodeURIComponent(trace)}` }, say(name));
    return make(
      "p",
      { class: "save" },
      bar.kind === "invocation" ? link("functions", this.timeline.trace, "invocations") : null,
      other ? link("timeline", other, "otherTimeline") : null,
    );
  }
}

function barOf(element) {
  return element.closest?.("[data-bar]");
}
