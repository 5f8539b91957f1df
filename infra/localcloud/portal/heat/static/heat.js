// The heat map's page.

import { load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { keyText, number, percent } from "../data/figures.js";
import { HeatMap } from "./heatmap.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 1000;
const HOT = 0.7;
const address = new URLSearchParams(location.search);
const map = new HeatMap();
let chosen = address.has("container") ? [address.get("database"), address.get("container")] : ["", ""];

async function look(current) {
  const [database, container] = chosen.map(encodeURIComponent);
  const state = await load(`api/heat?database=${database}&container=${container}&step=${byId("step").value}`);
  if (!current()) return;
  byId("nothing").hidden = Boolean(state.shown);
  byId("whole").hidden = !state.shown;
  tell(byId("nothing-words"), state.missing ?? say("noContainer"));
  if (state.shown) show(state.shown, state.containers);
}

function show(shown, containers) {
  showContainers(containers, shown);
  tell(byId("verdict"), shown.sentence);
  byId("verdict").dataset.kind = shown.verdict.kind;
  tell(byId("figures"), figures(shown));
  map.show(shown);
  showKeys(shown);
  fill(byId("numbers"), shown.columns, (one) => one.id, numbers);
}

function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showContainers(containers, { database, container }) {
  const items = containers.map((one) => ({ value: JSON.stringify([one.database, one.container]), text: `${one.database} / ${one.container}` }));
  fill(byId("which"), items, (one) => one.value, ({ value, text }) => make("option", { value }, text));
  byId("which").value = JSON.stringify([database, container]);
}

function figures(shown) {
  const { columns, totals, throughput, autoscale } = shown;
  const facts = { ru: number(autoscale ?? throughput ?? 0), count: columns.length, each: number(columns[0]?.budget ?? 0) };
  const offer = autoscale ? "autoscale" : !throughput ? "noThroughput" : columns.length > 1 ? "manual" : "manualOne";
  const share = totals.requests ? totals.throttled / totals.requests : 0;
  const sums = { ru: number(totals.ru), requests: number(totals.requests), count: number(totals.throttled), share: percent(share) };
  const parts = [say(offer, facts), shown.shared && say("shared"), shown.burst && say("burst"), say("totals", sums)];
  return parts.filter(Boolean).join(" · ");
}

function showKeys({ keys }) {
  fill(byId("keys"), keys.slice(0, 10), (one) => JSON.stringify(one.key), keyItem);
  byId("no-keys").hidden = keys.length > 0;
}

// The bar is what the key used of its partition's budget: a little is a little, even if nobody else used anything.
function keyItem({ key, partition, ru, requests, throttled, share, of_budget: used }) {
  const bar = make("span", { class: "bar", "data-hot": String(used >= HOT || throttled > 0) });
  bar.style.width = `${100 * Math.min(used, 1)}%`;
  return make(
    "li",
    {},
    make("strong", {}, keyText(key)),
    make("span", { class: "where" }, say("keyPartition", { partition })),
    make("span", { class: "track", "aria-hidden": "true" }, bar),
    make("span", { class: "note" }, say("keyFigures", { ru: number(ru), share: percent(share), requests: number(requests) })),
    throttled ? make("span", { class: "note some" }, say("keyRefused", { count: number(throttled) })) : null,
  );
}

function numbers({ id, share, budget, ru, requests, refused, documents, range }) {
  const cells = [percent(share), number(budget), number(ru), number(requests), number(refused), number(documents), percent(range)];
  return make("tr", {}, make("th", { scope: "row" }, id), ...cells.map((text) => make("td", { class: "number" }, text)));
}

function choose() {
  chosen = JSON.parse(byId("which").value);
  const [database, container] = chosen.map(encodeURIComponent);
  history.replaceState(null, "", `heat?database=${database}&container=${container}`);
  poll.now();
}

byId("which").addEventListener("change", choose);
byId("step").addEventListener("change", () => poll.now());
const poll = new Poll(look, EVERY_MS);
poll.now();
