// The report engine's page: calls over time, up or down, and a switch.

import { change, load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 1000;
const WINDOW = 60;
const LANES = 12;
const LISTED = 50;
const DOWN = ["down", "refuse"];
let on = true;
const poll = new Poll(async (current) => {
  const found = await load("api/engine");
  if (current()) showAll(found);
}, EVERY_MS);

function showAll({ up, active, calls, now }) {
  on = up;
  const names = active.map((fault) => fault.name);
  const word = names.includes("refuse") ? "refusing" : names.includes("down") ? "downNow" : names.length ? "wrong" : "up";
  byId("state").textContent = say(word);
  byId("state").dataset.state = names.some((name) => DOWN.includes(name)) ? "bad" : "good";
  byId("switch").textContent = say(up ? "goDown" : "goUp");
  const count = (test) => calls.filter(test).length;
  byId("counts").textContent = say("counts", {
    completed: count(completed), failed: count((call) => call.status === 500),
    refused: count((call) => call.status === 503), underWay: count((call) => call.ended === null),
  });
  byId("empty").hidden = calls.length > 0;
  byId("empty").textContent = say("noCalls");
  byId("caption").textContent = say("chart");
  byId("chart").setAttribute("aria-label", say("chart"));
  byId("chart").replaceChildren(...calls.filter((call) => (call.ended ?? now) > now - WINDOW).map((call) => bar(call, now)));
  const listed = calls.slice(-LISTED).reverse().map((call) => ({ ...call, ago: Math.round(now - call.began) }));
  fill(byId("calls"), listed, (call) => call.number, row);
}

function completed(call) {
  return call.status === 200 && call.said !== null;
}

function kind(call) {
  return call.ended === null ? "open" : completed(call) ? "good" : "bad";
}

function bar(call, now) {
  const begin = Math.max(0, 1 - (now - call.began) / WINDOW);
  const end = Math.min(1, 1 - (now - (call.ended ?? now)) / WINDOW);
  const one = make("i", { class: kind(call), title: call.topic });
  one.style.left = `${begin * 100}%`;
  one.style.width = `${Math.max(0, end - begin) * 100}%`;
  one.style.top = `${((call.number % LANES) + 0.5) * (100 / (LANES + 1))}%`;
  return one;
}

function row(call) {
  return make(
    "li",
    {},
    make("strong", {}, call.topic),
    make("span", { class: kind(call) }, status(call)),
    make("span", {}, call.ended === null ? "" : say("milliseconds", { number: Math.round((call.ended - call.began) * 1000) })),
    make("span", {}, say("agoSeconds", { seconds: call.ago })),
  );
}

function status(call) {
  if (call.ended === null) return say("underWay");
  const answer = call.status === null ? "status.none" : call.status === 200 && call.said === null ? "html" : `status.${call.status}`;
  return call.heard || call.status === null ? say(answer) : `${say(answer)} (${say("gone")})`;
}

byId("switch").addEventListener("click", async () => {
  byId("alert").textContent = "";
  try {
    await change("api/engine/switch", { on: !on });
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  poll.now();
});
poll.now();
