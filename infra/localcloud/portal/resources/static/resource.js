// One resource: facts, drift, settings, what lies in it, roles, locks, properties, and what happened to it.

import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { addressOf, ago, change, drift, resourceRow, typeName, withAges, withFacts } from "./events.js";
import { icon } from "./icons.js";

export function showResource(found, folder) {
  fill(byId("one-name"), [{ name: found.name, type: found.type }], () => 0, (one) => make("span", {}, icon(one.type), one.name));
  const url = byId("one-url");
  url.hidden = !found.url;
  url.href = found.url || "#";
  url.textContent = say("opens");
  facts(byId("one-facts"), factsOf(found));
  fill(byId("one-drift"), withFacts(found.drift ? [found.drift] : [], folder, false), (one) => one.id, drift);
  table("one-settings", "settings-rows", found.settings ?? [], (one) => one.name, settingRow);
  table("one-inside", "inside-rows", found.inside, (one) => one.id, resourceRow);
  table("one-given", "given-rows", found.given ?? [], (one) => one.id, (one) => cells(one.role, place(one)));
  byId("one-given").hidden = found.given === null;
  byId("no-given").hidden = Boolean(found.given?.length);
  table("one-roles", "role-rows", found.roles, (one) => one.id, (one) => cells(who(one.principal), one.role, place(one)));
  table("one-locks", "lock-rows", found.locks, (one) => one.scope + one.name, (one) => cells(one.name, one.level, place(one), one.notes));
  byId("one-properties").hidden = found.properties.length === 0;
  facts(byId("properties"), found.properties);
  byId("one-changes").hidden = found.changes.length === 0;
  fill(byId("one-changes-list"), withAges(found.changes), (one) => one.number, change);
}

function factsOf(found) {
  const tags = Object.entries(found.tags).map(([name, value]) => `${name}=${value}`).join(", ");
  const all = [
    [say("type"), `${typeName(found.type)} (${found.type})`],
    [say("region"), found.location],
    [say("tags"), tags],
    [say("appliedAt"), found.applied_at ? ago(found.applied_at) : say("never")],
    [say("id"), found.id],
  ];
  return all.filter(([, value]) => value);
}

function facts(list, pairs) {
  fill(list, pairs.flatMap(([name, value], at) => [{ at, tag: "dt", text: name }, { at, tag: "dd", text: value }]), (one) => `${one.at}${one.tag}`, (one) => make(one.tag, {}, one.text));
}

function table(section, body, items, key, row) {
  byId(section).hidden = items.length === 0;
  byId(body).closest(".scroll").hidden = items.length === 0;
  fill(byId(body), items, key, row);
}

function cells(...content) {
  return make("tr", {}, ...content.map((one) => make("td", {}, one)));
}

function who(principal) {
  return principal === "deployer" ? say("deployer") : principal;
}

function place({ scope, scope_name: name }) {
  return name === "subscription" ? say("subscription") : make("a", { href: addressOf(scope) }, name);
}

function settingRow(one) {
  return make("tr", {}, make("th", { scope: "row" }, one.name), make("td", {}, ...valueOf(one)));
}

function valueOf({ kind, text, problem }) {
  if (kind === "secret") return [make("span", { class: "badge-of plain" }, say("secretValue"))];
  if (kind === "plain") return [make("code", {}, text)];
  const badge = make("span", { class: `badge-of ${problem ? "bad" : "good"}` }, say(problem ? "unresolved" : "resolved"));
  return [make("code", { class: "reference" }, text), badge, problem ? make("p", { class: "bad" }, say(`why.${problem}`)) : null];
}
