// What a person can do with one function: run it, see its keys, switch it off and on.

import { change, load } from "../api.js";
import { announce, byId, make, say } from "../dom.js";
import { callForm, runForm } from "./run.js";
import { secret } from "./secret.js";

export function fail(message) {
  byId("alert").textContent = message;
}

// The buttons, and the drawer that they open below.
export function tools(one) {
  const drawer = make("div", { class: "drawer", hidden: true });
  const buttons = [
    opener(one, "run", drawer, () => [one.url ? callForm(one) : runForm(one)]),
    opener(one, "keys", drawer, async () => keyRows(await load("api/functions/keys"), one.name)),
    make(
      "button",
      { type: "button", class: "quiet", onclick: (event) => flip(one, event.target), "aria-label": say(one.disabled ? "enableThis" : "disableThis", { name: one.name }) },
      say(one.disabled ? "enable" : "disable"),
    ),
  ];
  return [make("span", { class: "tools" }, ...buttons), drawer];
}

function opener(one, word, drawer, content) {
  const button = make("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-label": say(`${word}This`, { name: one.name }) }, say(word));
  button.addEventListener("click", async () => {
    const opening = button.getAttribute("aria-expanded") !== "true";
    button.parentElement.querySelectorAll("[aria-expanded]").forEach((other) => other.setAttribute("aria-expanded", "false"));
    drawer.hidden = true;
    if (!opening) return;
    fail("");
    try {
      drawer.replaceChildren(...(await content()));
      drawer.hidden = false;
      button.setAttribute("aria-expanded", "true");
    } catch (error) {
      fail(error.message);
    }
  });
  return button;
}

async function flip(one, button) {
  button.disabled = true;
  fail("");
  try {
    await change(`api/functions/${one.name}/switch`, { disabled: !one.disabled });
    announce(say(one.disabled ? "isEnabled" : "isDisabled", { name: one.name }));
  } catch (error) {
    fail(error.message);
    button.disabled = false;
  }
}

// The keys of a function, or of the whole host (null).
export function keyRows({ keys, enforced }, wanted) {
  const rows = keys.filter((key) => key.function === wanted).map((key) => {
    const value = async () => (await change("api/functions/keys", { function: key.function, name: key.name })).value;
    return make("li", { class: "secret" }, make("span", { class: "label" }, key.name), ...secret(key.name, value, fail));
  });
  const hint = make("p", { class: "hint" }, say(enforced ? (wanted ? "keyHint" : "hostKeyHint") : "keysOff"));
  return [make("ul", { class: "secrets" }, ...rows), hint];
}
