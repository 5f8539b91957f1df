// The fault panel: what may go wrong in Slack, on request.

import { change, load } from "../api.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";

const EVERY_MS = 1000;
let timer = null;

export function watchFaults() {
  for (const form of document.querySelectorAll("form.fault")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form);
    });
  }
  const how = byId("how");
  const slow = () => (byId("slow-by").hidden = how.value !== "slow");
  how.addEventListener("change", slow);
  slow();
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
  look();
}

async function begin(form) {
  const given = Object.fromEntries(new FormData(form));
  const numbers = ["events", "by", "seconds"].filter((name) => given[name]).map((name) => [name, Number(given[name])]);
  await act("begin", { name: given.name, ...Object.fromEntries(numbers) }, say("faultBegan"));
}

async function act(path, body, done) {
  byId("fault-alert").textContent = "";
  try {
    show(await change(`api/faults/${path}`, body));
    announce(done);
  } catch (error) {
    byId("fault-alert").textContent = error.message;
  }
  look();
}

async function look() {
  clearTimeout(timer);
  let active = [];
  try {
    active = await load("api/faults");
    show(active);
  } catch {
    // The page's own stream tells that the cloud is gone; this goes on with it.
  }
  timer = setTimeout(look, EVERY_MS);
}

function show(active) {
  fill(byId("active-faults"), active.map(({ name, by }) => ({ name, by })), (one) => one.name, item);
  active.forEach(({ name, secondsLeft, events }) => {
    const left = secondsLeft === null ? say("eventsLeft", { events }) : say("secondsLeft", { seconds: Math.ceil(secondsLeft) });
    byId(`left-${name}`).textContent = left;
  });
}

function item({ name, by }) {
  return make(
    "li",
    { class: "active-fault" },
    make("strong", {}, say(`fault.${name}`, { by })),
    make("span", { id: `left-${name}`, class: "left" }),
    make("button", { type: "button", onclick: () => act("end", { name }, say("faultEnded")), "aria-label": say("endThis", { name: say(`fault.${name}`, { by }) }) }, say("end")),
  );
}
