// The entities of a table.

import { change } from "../api.js";
import { button, open, sure } from "../dialog.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Pages } from "../paging.js";

const KEYS = ["PartitionKey", "RowKey"];
const TYPE = "@odata.type";
const MOST_CHARACTERS = 300;

export class Entities {
  constructor(fail) {
    this.fail = fail;
    this.query = "";
    this.columns = [];
    const address = (name) => `api/storage/entities?table=${encodeURIComponent(name)}&filter=${encodeURIComponent(this.query)}`;
    this.pages = new Pages(address, "entities", byId("more-entities"), (entities) => this.show(entities), fail);
    byId("filter").addEventListener("submit", (event) => {
      event.preventDefault();
      this.query = byId("query").value.trim();
      this.again();
    });
    byId("add-entity").addEventListener("click", () => this.edit({ PartitionKey: "", RowKey: "" }, null));
  }

  choose(name) {
    this.query = byId("query").value = "";
    this.pages.begin(name);
  }

  async refresh(name) {
    if (this.pages.name !== name) this.choose(name);
    byId("table").textContent = name;
    try {
      await this.pages.refresh();
      if (this.failed) this.fail(null);
      this.failed = false;
    } catch (error) {
      if (!this.query) throw error;
      this.failed = true;
      this.fail(error); // the filter is wrong, most likely: the page is well
    }
  }

  again() {
    this.fail(null);
    this.pages.begin(this.pages.name);
    return this.refresh(this.pages.name).catch(this.fail);
  }

  show(entities) {
    const names = entities.flatMap(({ entity }) => Object.keys(entity)).filter((name) => !name.endsWith(TYPE) && !KEYS.includes(name));
    this.columns = [...KEYS, ...new Set(names)];
    const headings = [...this.columns, ""];
    fill(byId("columns"), headings, (name) => `column ${name}`, (name) =>
      make("th", { scope: "col" }, name || make("span", { class: "unseen" }, say("actions"))),
    );
    const rows = entities.map((one) => ({ ...one, columns: this.columns }));
    fill(byId("entity-rows"), rows, ({ entity }) => JSON.stringify(KEYS.map((key) => entity[key])), (one) => this.row(one));
    byId("no-entities").hidden = entities.length > 0;
    byId("entity-rows").closest(".scroll").hidden = entities.length === 0;
  }

  row({ entity, etag, columns }) {
    const name = `${entity.PartitionKey}/${entity.RowKey}`;
    const action = (word, pressed) =>
      make("button", { type: "button", class: "quiet", onclick: pressed, "aria-label": say(`${word}This`, { name }) }, say(word));
    const actions = [action("edit", () => this.edit(entity, etag)), action("delete", () => this.remove(entity, name))];
    return make("tr", {}, ...columns.map((column) => cell(entity, column)), make("td", { class: "actions" }, ...actions));
  }

  // A new entity, or another content for one that was seen with this etag.
  edit(entity, etag) {
    const text = make("textarea", { spellcheck: "false", "aria-labelledby": "dialog-title" });
    text.value = JSON.stringify(entity, null, 2);
    const alert = make("div", { class: "alert", role: "alert" });
    const save = async () => {
      alert.textContent = "";
      try {
        await this.save(parsed(text.value), etag);
        dialog.close();
        announce(say("saved"));
        this.again();
      } catch (error) {
        alert.textContent = error.message;
      }
    };
    const title = etag ? say("editThis", { name: `${entity.PartitionKey}/${entity.RowKey}` }) : say("newEntity");
    const hint = make("p", { class: "hint" }, say("entityHint"));
    const buttons = [button(say("cancel"), () => dialog.close()), button(say("save"), save, "main")];
    const dialog = open(title, [text, hint, alert], buttons, "editor");
  }

  save(entity, etag) {
    const body = { table: this.pages.name, entity };
    return etag ? change("api/storage/entities/replace", { ...body, etag }) : change("api/storage/entities/add", body);
  }

  async remove({ PartitionKey, RowKey }, name) {
    if (!(await sure(say("sureDelete", { name }), "", say("delete")))) return;
    try {
      await change("api/storage/entities/delete", { table: this.pages.name, partitionKey: PartitionKey, rowKey: RowKey });
      announce(say("deleted", { name }));
    } catch (error) {
      this.fail(error);
      return;
    }
    this.again();
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(say("notJson", { reason: error.message }));
  }
}

function cell(entity, column) {
  if (!(column in entity)) return make("td", {});
  const text = String(entity[column]);
  const kind = entity[column + TYPE];
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  const told = kind ? make("span", { class: "kind" }, kind.replace("Edm.", "")) : null;
  return make("td", {}, make("div", { class: "cell" }, shown, told));
}
