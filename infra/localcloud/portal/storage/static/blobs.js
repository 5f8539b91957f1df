// The blobs of a container.

import { change, load, send } from "../api.js";
import { button, open, sure } from "../dialog.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Pages } from "../paging.js";

const WHEN = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });
const UNITS = ["bytes", "kilobytes", "megabytes", "gigabytes"];

export class Blobs {
  constructor(fail) {
    this.fail = fail;
    this.prefix = "";
    const address = (name) => `api/storage/blobs?container=${encodeURIComponent(name)}&prefix=${encodeURIComponent(this.prefix)}`;
    this.pages = new Pages(address, "blobs", byId("more-blobs"), (blobs) => this.show(blobs), fail);
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.prefix = byId("prefix").value;
      this.again();
    });
    byId("upload").addEventListener("change", (event) => this.upload(event.target));
  }

  choose(name) {
    this.prefix = byId("prefix").value = "";
    this.pages.begin(name);
  }

  async refresh(name) {
    if (this.pages.name !== name) this.choose(name);
    byId("container").textContent = name;
    await this.pages.refresh();
  }

  again() {
    this.pages.begin(this.pages.name);
    return this.pages.refresh().catch(this.fail);
  }

  show(blobs) {
    fill(byId("blob-rows"), blobs, (one) => one.name, (one) => this.row(one));
    byId("no-blobs").hidden = blobs.length > 0;
    byId("blob-rows").closest(".scroll").hidden = blobs.length === 0;
  }

  place(name) {
    return `container=${encodeURIComponent(this.pages.name)}&name=${encodeURIComponent(name)}`;
  }

  row({ name, size, type, modified }) {
    const label = (word) => ({ "aria-label": say(`${word}This`, { name }) });
    const actions = [
      make("a", { class: "quiet", href: `api/storage/blob/content?${this.place(name)}`, download: true, ...label("download") }, say("download")),
      make("button", { type: "button", class: "quiet", onclick: () => this.remove(name), ...label("delete") }, say("delete")),
    ];
    return make(
      "tr",
      {},
      make("td", { class: "name" }, make("button", { type: "button", onclick: () => this.preview(name), ...label("preview") }, name)),
      make("td", { class: "number" }, sized(size)),
      make("td", {}, type ?? ""),
      make("td", { class: "when" }, WHEN.format(new Date(modified * 1000))),
      make("td", { class: "actions" }, ...actions),
    );
  }

  async preview(name) {
    this.fail(null);
    try {
      const found = await load(`api/storage/blob?${this.place(name)}`);
      const facts = make("p", { class: "hint" }, [sized(found.size), found.type].filter(Boolean).join(" · "));
      const close = button(say("close"), () => dialog.close());
      const dialog = open(name, [facts, ...this.content(found)], [close], "preview");
    } catch (error) {
      this.fail(error);
    }
  }

  content({ name, kind, text, cut, size }) {
    if (kind === "image") return [make("img", { alt: name, src: `api/storage/blob/image?${this.place(name)}` })];
    if (kind === "large" || kind === "binary") return [make("p", {}, say(kind))];
    if (size === 0) return [make("p", {}, say("emptyBlob"))];
    return [make("pre", { tabindex: "0" }, text), ...(cut ? [make("p", { class: "hint" }, say("cut"))] : [])];
  }

  async upload(input) {
    this.fail(null);
    try {
      for (const file of input.files) {
        await send(`api/storage/blob/content?${this.place(file.name)}`, file);
        announce(say("uploaded", { name: file.name }));
      }
    } catch (error) {
      this.fail(error);
    }
    input.value = "";
    this.again();
  }

  async remove(name) {
    if (!(await sure(say("sureDelete", { name }), "", say("delete")))) return;
    this.fail(null);
    try {
      await change("api/storage/blob/delete", { container: this.pages.name, name });
      announce(say("deleted", { name }));
    } catch (error) {
      this.fail(error);
    }
    this.again();
  }
}

function sized(bytes) {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return say(UNITS[unit], { number: unit && value < 10 ? value.toFixed(1) : Math.round(value) });
}
