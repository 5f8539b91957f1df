// The faults page: a form for every fault that a service knows, and the faults that are on.

import { change, load } from "../api.js";
import { announce, byId, make, say } from "../dom.js";
import { fill } from "../keyed.js";
import { Poll } from "../poll.js";

const EVERY_MS = 1000;
const LIMITS = { seconds: [0.1, 600], times: [1, 100], by: [0.1, 60] };
const USUAL = { by: 5 };
const poll = new Poll(look, EVERY_MS);

async function look(current) {
  const sources = await load("api/faults/all");
  if (!current()) return;
  const known = sources.map(({ of, title, kinds, problem }) => ({ of, title, kinds, problem }));
  fill(byId("sources"), known, (one) => one.of, section);
  const active = sources.flatMap(({ of, kinds, active: list }) =>
    list.map((fault) => ({ of, says: kinds.find((kind) => kind.name === fault.name)?.says ?? fault.name, ...fault })));
  fill(byId("active"), active, ({ of, name, target }) => `${of} ${name} ${target}`, item);
  byId("none").hidden = active.length > 0;
  byId("none").textContent = say("noFaults");
}

function section({ of, title, kinds, problem }) {
  const id = `source-${of}`;
  return make(
    "section",
    { class: "source", "aria-labelledby": id },
    make("h2", { id }, title),
    problem ? make("p", { class: "hint" }, problem) : null,
    ...kinds.map((kind) => form(of, kind)),
  );
}

function form(of, { name, says, takes, needs }) {
  const fields = takes.map((field) => input(of, field, needs.includes(field)));
  const button = make("button", { type: "submit", "aria-label": say("beginThis", { says }) }, say("begin"));
  const made = make("form", { class: "kind", "data-fault": `${of}-${name}` }, make("span", { class: "says" }, says), ...fields, button);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = [...new FormData(made)].filter(([, value]) => value !== "");
    const body = Object.fromEntries(given.map(([field, value]) => [field, field === "target" ? value : Number(value)]));
    act(`${of}/${name}/begin`, body, say("began", { says }), button);
  });
  return made;
}

function input(of, field, required) {
  if (field === "target") {
    return make("label", {}, say(`target.${of}`), make("input", { type: "text", name: field, maxlength: 1000 }));
  }
  const [min, max] = LIMITS[field];
  const step = field === "times" ? 1 : "any";
  const value = required ? USUAL[field] : undefined;
  return make("label", {}, say(field), make("input", { type: "number", name: field, min, max, step, value, required }));
}

function item({ of, name, says, target, secondsLeft, times, by }) {
  const left = secondsLeft !== null ? say("secondsLeft", { seconds: Math.ceil(secondsLeft) }) : times !== null ? say("timesLeft", { times }) : "";
  const end = () => act(`${of}/${name}/end`, { target: target ?? "" }, say("ended"));
  return make(
    "li",
    {},
    make("strong", {}, says),
    make("span", {}, [target ?? say("everything"), by ? say("late", { by }) : ""].filter(Boolean).join(", ")),
    make("span", { class: "left" }, left),
    make("button", { type: "button", onclick: end, "aria-label": say("endThis", { says }) }, say("end")),
  );
}

async function act(path, body, done, button = null) {
  byId("alert").textContent = "";
  if (button) button.disabled = true;
  try {
    await change(`api/faults/${path}`, body);
    announce(done);
  } catch (error) {
    byId("alert").textContent = error.message;
  }
  if (button) button.disabled = false;
  poll.now();
}

poll.now();
