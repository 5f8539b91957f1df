// The resources page: groups and what is in them, drift and changes; or one resource, whose id is in the address.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";
import { Tabs } from "../tabs.js";
import { change, drift, resourceRow, withAges, withFacts } from "./events.js";
import { icon } from "./icons.js";
import { showResource } from "./resource.js";

const EVERY_MS = 1500;
const address = new URLSearchParams(location.search);
const id = address.get("id");
let group = address.get("group") ?? groupOf(id);

const poll = new Poll(async (current) => {
  const [found, one] = await Promise.all([
    load(`api/resources?${new URLSearchParams({ group })}`),
    id ? load(`api/resources/resource?${new URLSearchParams({ id })}`) : null,
  ]);
  if (!current()) return;
  group = found.group?.id ?? "";
  fill(byId("groups"), found.groups.map((item) => ({ ...item, current: item.id === group })), (item) => item.id, choice);
  if (one) showOne(one, found.folder);
  else showAll(found);
}, EVERY_MS);

function groupOf(text) {
  return text?.match(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i)?.[0] ?? "";
}

function choice(one) {
  const many = one.drifts ? make("span", { class: "count bad" }, say("driftCount", { count: one.drifts })) : null;
  const link = make("a", { href: `resources?${new URLSearchParams({ group: one.id })}`, "aria-current": one.current ? "true" : null, class: one.gone ? "gone" : null }, icon("Microsoft.Resources/resourceGroups"), make("span", { class: "name" }, one.name), many);
  return make("li", {}, link);
}

function showOne(one, folder) {
  byId("one").hidden = false;
  const back = byId("back");
  back.href = group ? `resources?${new URLSearchParams({ group })}` : "resources";
  told(back, `← ${group.split("/").at(-1) || say("subscription")}`);
  showResource(one, folder);
}

function showAll(found) {
  const shown = found.group;
  byId("nothing").hidden = Boolean(shown);
  byId("past").hidden = Boolean(shown) || found.changes.length === 0;
  byId("group").hidden = !shown;
  byId("elsewhere").hidden = !found.folder;
  told(byId("folder"), found.folder);
  if (!shown) {
    fill(byId("past-changes"), withAges(found.changes), (one) => one.number, change);
    return;
  }
  const inside = (one) => one.group === shown.id.toLowerCase();
  const drifts = found.drifts.filter(inside);
  showGroup(shown);
  showDrift(drifts, found);
  const changes = found.changes.filter(inside);
  byId("no-changes").hidden = changes.length > 0;
  told(byId("no-changes"), say("noChanges"));
  fill(byId("group-changes"), withAges(changes), (one) => one.number, change);
  if (!tabs.shown) tabs.choose(address.get("tab") ?? (shown.gone ? "drift" : "list"));
}

function showGroup(shown) {
  told(byId("group-name"), shown.name);
  const there = shown.rows.filter((one) => one.drift !== "gone").length + shown.more;
  const count = there === 1 ? say("oneResource") : say("manyResources", { count: there });
  const locks = shown.locks.map((one) => say("groupLock", one));
  told(byId("group-facts"), shown.gone ? say("groupGone") : [say("groupFacts", { location: shown.location, count }), ...locks].join(" · "));
  fill(byId("rows"), shown.rows, (one) => one.id, resourceRow);
  byId("rows").closest(".scroll").hidden = shown.rows.length === 0;
  byId("empty-group").hidden = shown.rows.length > 0 || shown.gone;
  byId("more").hidden = shown.more === 0;
  told(byId("more"), say("moreRows", { count: shown.more }));
}

function showDrift(drifts, { applied, compared, folder }) {
  told(byId("tab-drift"), say("tabDrift", { count: drifts.length }));
  byId("tab-drift").classList.toggle("bad", drifts.length > 0);
  told(byId("no-drift"), drifts.length ? "" : applied ? say("noDrift") : say("noDriftYet"));
  fill(byId("drifts"), withFacts(drifts, folder, true), (one) => one.id, drift);
  byId("compared").hidden = compared >= applied;
  told(byId("compared"), say("comparedFirst", { compared, count: applied }));
}

function told(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const tabs = new Tabs(document.querySelector("[role=tablist]"), (name) => {
  history.replaceState(null, "", `resources?${new URLSearchParams({ ...(group && { group }), tab: name })}`);
});
poll.now();
