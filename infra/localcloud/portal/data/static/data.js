// The Data Explorer: databases and containers, and the views of the container that is chosen.

import { load } from "../api.js";
import { containerDialog, removeContainer, removeDatabase } from "./containers.js";
import { Documents } from "./documents.js";
import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";
import { Query } from "./query.js";
import { Requests } from "./requests.js";
import { Scale } from "./scale.js";
import { Tabs } from "../tabs.js";

const EVERY_MS = 4000;
const address = new URLSearchParams(location.search);
const views = { documents: new Documents(fail), query: new Query(), scale: new Scale(fail), requests: new Requests(fail) };
let chosen = address.has("container") ? { database: address.get("database"), container: address.get("container") } : null;
let shown = null; // what the views show

function fail(error) {
  byId("alert").textContent = error?.message ?? "";
}

async function look(current) {
  const { databases } = await load("api/data");
  if (!current()) return;
  const all = databases.flatMap((one) => one.containers.map((container) => ({ ...container, database: one.name })));
  const found = all.find((one) => one.database === chosen?.database && one.name === chosen?.container) ?? all[0] ?? null;
  chosen = found && { database: found.database, container: found.name };
  showDatabases(databases);
  byId("nothing").hidden = Boolean(found);
  byId("shown").hidden = !found;
  if (found) showContainer(found);
}

function showDatabases(databases) {
  const items = databases.map((one) => ({ ...one, chosen: chosen?.database === one.name ? chosen.container : null }));
  fill(byId("databases"), items, (one) => one.name, databaseItem);
}

function databaseItem({ name, containers, chosen: current }) {
  const remove = make(
    "button",
    { type: "button", class: "quiet", "aria-label": say("deleteDatabaseThis", { name }), onclick: () => act(removeDatabase(name)) },
    say("deleteDatabase"),
  );
  const items = containers.map((one) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", "aria-current": one.name === current ? "true" : null, onclick: () => choose(name, one.name) },
        make("span", { class: "name" }, one.name),
      ),
    ),
  );
  const empty = containers.length ? null : make("p", { class: "note" }, say("noContainers"));
  return make("li", {}, make("div", { class: "database" }, make("span", { class: "name" }, name), remove), make("ul", { class: "choices" }, ...items), empty);
}

function showContainer({ database, name, keys, ttl }) {
  tell(byId("container"), `${database} / ${name}`);
  tell(byId("container-facts"), say(ttl > 0 ? "factsTtl" : "facts", { keys: keys.join(", "), ttl }));
  byId("to-heat").href = `heat?${new URLSearchParams({ database, container: name })}`;
  const key = JSON.stringify([database, name]);
  if (shown === key) return;
  shown = key;
  for (const view of Object.values(views)) view.begin({ database, container: name, keys });
  tabs.choose(tabs.shown ?? address.get("tab"));
}

function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function choose(database, container) {
  chosen = { database, container };
  fail(null);
  poll.now();
}

async function act(wanted) {
  fail(null);
  try {
    const made = await wanted;
    if (made?.container) chosen = made;
  } catch (error) {
    fail(error);
  }
  poll.now();
}

const tabs = new Tabs(document.querySelector("[role=tablist]"), (name) => {
  fail(null);
  if (!chosen) return;
  history.replaceState(null, "", `data?${new URLSearchParams({ ...chosen, tab: name })}`);
  for (const [one, view] of Object.entries(views)) view.turn(one === name);
});
byId("new-container").addEventListener("click", () => act(containerDialog(chosen?.database ?? "camp")));
byId("delete-container").addEventListener("click", () => act(removeContainer(chosen)));
const poll = new Poll(look, EVERY_MS);
poll.now();
