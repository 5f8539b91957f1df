// The storage page: what there is, and the container or table that is chosen.

import { change, load } from "../api.js";
import { Blobs } from "./blobs.js";
import { byId, make } from "../dom.js";
import { Entities } from "./entities.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 3000;
const address = new URLSearchParams(location.search);
const views = { container: new Blobs(fail), table: new Entities(fail) };
let chosen = ["container", "table"].map((kind) => ({ kind, name: address.get(kind) })).find((one) => one.name) ?? null;

function fail(error) {
  byId("alert").textContent = error?.message ?? "";
}

async function look(current) {
  const state = await load("api/storage");
  if (!current()) return;
  const names = { container: state.containers, table: state.tables };
  if (chosen && !names[chosen.kind].includes(chosen.name)) chosen = null;
  showNames("container", byId("containers"), names.container);
  showNames("table", byId("tables"), names.table);
  byId("nothing").hidden = Boolean(chosen);
  byId("blobs").hidden = chosen?.kind !== "container";
  byId("entities").hidden = chosen?.kind !== "table";
  if (chosen) await views[chosen.kind].refresh(chosen.name);
}

function showNames(kind, list, names) {
  const items = names.map((name) => ({ name, current: chosen?.kind === kind && chosen.name === name }));
  fill(list, items, (one) => one.name, ({ name, current }) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", "aria-current": current ? "true" : null, onclick: () => choose(kind, name) },
        make("span", { class: "name" }, name),
      ),
    ),
  );
}

function choose(kind, name) {
  chosen = { kind, name };
  history.replaceState(null, "", `storage?${kind}=${encodeURIComponent(name)}`);
  fail(null);
  views[kind].choose(name);
  poll.now();
}

function creator(form, field, path, kind) {
  const input = byId(field);
  byId(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = input.value.trim();
    fail(null);
    try {
      await change(path, { [kind]: name });
      input.value = "";
      choose(kind, name);
    } catch (error) {
      fail(error);
    }
  });
}

creator("new-container", "container-name", "api/storage/containers", "container");
creator("new-table", "table-name", "api/storage/tables", "table");
const poll = new Poll(look, EVERY_MS);
poll.now();
