// The app's settings and the host's keys, loaded when they are opened.

import { change, load } from "../api.js";
import { byId, make, say } from "../dom.js";
import { secret } from "./secret.js";
import { fail, keyRows } from "./tools.js";

export function watchSettings() {
  opened("host-keys", async (box) => box.replaceChildren(...keyRows(await load("api/functions/keys"), null)));
  opened("settings", async (box) => {
    const settings = await load("api/functions/settings");
    const others = settings.filter((one) => !one.own);
    box.replaceChildren(
      list(settings.filter((one) => one.own)),
      make("details", { class: "others" }, make("summary", {}, say("otherSettings", { count: others.length })), list(others)),
    );
  });
}

function opened(id, show) {
  const box = byId(id);
  box.parentElement.addEventListener("toggle", async () => {
    if (!box.parentElement.open) return;
    try {
      await show(box);
    } catch (error) {
      fail(error.message);
    }
  });
}

function list(settings) {
  return make("ul", { class: "secrets" }, ...settings.map(row));
}

function row({ name, value }) {
  const fetched = async () => (await change("api/functions/settings", { name })).value;
  const shown = value === null ? secret(name, fetched, fail) : [make("code", { class: "value" }, value)];
  return make("li", { class: "secret" }, make("span", { class: "label" }, name), ...shown);
}
