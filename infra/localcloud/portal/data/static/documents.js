// The documents of a container: a list of ids and keys, and an editor that overwrites nobody's work.

import { change, load } from "../api.js";
import { sure } from "../dialog.js";
import { announce, byId, make, say } from "../dom.js";
import { editor } from "./editor.js";
import { fill } from "../keyed.js";
import { keyText } from "./figures.js";
import { Pages } from "../paging.js";

const WHEN = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium" });

export class Documents {
  constructor(fail) {
    this.fail = fail;
    this.pages = new Pages(() => `api/data/documents?${this.query()}`, "documents", byId("more-documents"), (items) => this.show(items), fail);
    byId("new-document").addEventListener("click", () => this.create());
    byId("refresh-documents").addEventListener("click", () => this.again());
  }

  // A listing costs request units: it is read when it is wanted, not again and again.
  begin(place) {
    this.place = place;
    this.read = false;
  }

  turn(on) {
    if (on && !this.read) this.again();
  }

  query(more = {}) {
    const { database, container } = this.place;
    return new URLSearchParams({ database, container, ...more });
  }

  body(more) {
    const { database, container } = this.place;
    return { database, container, ...more };
  }

  async again() {
    this.read = true;
    this.fail(null);
    this.pages.begin("documents");
    try {
      await this.pages.refresh();
    } catch (error) {
      this.fail(error);
    }
  }

  show(items) {
    const headings = [say("id"), ...this.place.keys, say("changed"), ""].map((text, at) => ({ text, at }));
    fill(byId("document-columns"), headings, (one) => one.at, ({ text }) => make("th", { scope: "col" }, text || make("span", { class: "unseen" }, say("actions"))));
    fill(byId("document-rows"), items, (one) => JSON.stringify([one.id, one.key]), (one) => this.row(one));
    byId("no-documents").hidden = items.length > 0;
    byId("document-rows").closest(".scroll").hidden = items.length === 0;
    byId("documents-charge").textContent = say("listed", { count: items.length, charge: this.pages.found.charge });
  }

  row({ id, key, at }) {
    const remove = make("button", { type: "button", class: "quiet", onclick: () => this.remove(id, key), "aria-label": say("deleteThis", { name: id }) }, say("delete"));
    return make(
      "tr",
      {},
      make("td", { class: "name" }, make("button", { type: "button", onclick: () => this.edit(id, key), "aria-label": say("openThis", { name: id }) }, id)),
      ...key.map((value) => make("td", { class: "key" }, keyText([value]))),
      make("td", { class: "when" }, at ? WHEN.format(new Date(at * 1000)) : ""),
      make("td", { class: "actions" }, remove),
    );
  }

  create() {
    this.fail(null);
    const fields = this.place.keys.filter((path) => /^\/[^/"]+$/.test(path) && path !== "/id").map((path) => [path.slice(1), ""]);
    const text = JSON.stringify({ id: crypto.randomUUID?.() ?? "", ...Object.fromEntries(fields) }, null, 2);
    editor(say("newDocument"), text, say("newHint"), async (written) => {
      const made = await change("api/data/documents/add", this.body({ text: written }));
      this.saved(made.charge);
    });
  }

  async edit(id, key) {
    this.fail(null);
    const address = `api/data/document?${this.query({ id, key: JSON.stringify(key) })}`;
    try {
      let found = await load(address);
      const stored = async () => {
        found = await load(address);
        return found.text;
      };
      const save = async (text) => {
        const made = await change("api/data/documents/replace", this.body({ id, key, text, etag: found.etag }));
        this.saved(made.charge);
      };
      const dialog = editor(say("editDocument", { name: id }), found.text, say("documentHint"), save, stored);
      dialog.querySelector(".hint").before(systemProperties(found.system));
    } catch (error) {
      this.fail(error);
    }
  }

  saved(charge) {
    announce(say("saved", { charge }));
    this.again();
  }

  async remove(id, key) {
    if (!(await sure(say("sureDocument", { name: id }), "", say("delete")))) return;
    this.fail(null);
    try {
      await change("api/data/documents/delete", this.body({ id, key }));
      announce(say("deleted", { name: id }));
      await this.again();
    } catch (error) {
      this.fail(error);
    }
  }
}

// What Cosmos DB keeps of a document beside its content; nobody can change it.
function systemProperties(system) {
  const note = (name, value) => (name === "_ts" ? ` (${WHEN.format(new Date(value * 1000))})` : "");
  const rows = Object.entries(system).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, `${JSON.stringify(value)}${note(name, value)}`)]);
  return make("section", { class: "system" }, make("h3", {}, say("system")), make("dl", { class: "metrics" }, ...rows));
}
