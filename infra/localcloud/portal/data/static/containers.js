// Making and deleting containers and databases.

import { change } from "../api.js";
import { button, open, sure } from "../dialog.js";
import { announce, make, say } from "../dom.js";

// The dialog of a new container; gives {database, container} once it is made, or null.
export function containerDialog(database) {
  return new Promise((resolve) => {
    const fields = {
      database: field("newDatabase", { value: database, required: true, maxlength: 255 }),
      container: field("newName", { required: true, maxlength: 255 }),
      keys: field("newKey", { value: "/", required: true, placeholder: "/channel" }),
      kind: choice("newThroughput", { manual: "newManual", autoscale: "newAutoscale" }),
      offer: field("newOffer", { type: "number", min: 100, max: 1000000, step: 100, value: 400, required: true }),
      partitions: field("newPartitions", { type: "number", min: 1, max: 100 }),
    };
    const alert = make("div", { class: "alert", role: "alert" });
    const hint = make("p", { class: "hint" }, say("keyForGood"));
    const submit = make("button", { type: "submit", class: "main" }, say("create"));
    const cancel = button(say("cancel"), () => dialog.close());
    const form = make("form", { class: "fields" }, ...Object.values(fields), hint, alert, make("div", { class: "buttons" }, cancel, submit));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      alert.textContent = "";
      submit.disabled = true;
      try {
        made = await create(fields);
        dialog.close();
      } catch (error) {
        alert.textContent = error.message;
      }
      submit.disabled = false;
    });
    let made = null;
    const dialog = open(say("newContainer"), [form], [], "maker");
    fields.kind.querySelector("select").addEventListener("change", (event) => {
      fields.offer.querySelector("input").value = event.target.value === "manual" ? 400 : 1000;
    });
    dialog.addEventListener("close", () => resolve(made));
  });
}

async function create(fields) {
  const value = (name) => fields[name].querySelector("input, select").value.trim();
  const body = {
    database: value("database"),
    container: value("container"),
    keys: value("keys").split(",").map((one) => one.trim()),
    [value("kind")]: Number(value("offer")),
  };
  if (value("partitions")) body.partitions = Number(value("partitions"));
  const made = await change("api/data/containers", body);
  announce(say("created", { name: made.container }));
  return made;
}

function field(word, attributes) {
  return make("label", {}, make("span", {}, say(word)), make("input", { autocomplete: "off", spellcheck: "false", ...attributes }));
}

function choice(word, options) {
  const items = Object.entries(options).map(([value, text]) => make("option", { value }, say(text)));
  return make("label", {}, make("span", {}, say(word)), make("select", {}, ...items));
}

export async function removeContainer({ database, container }) {
  await remove(say("sureContainer", { name: container }), { database, container }, container);
}

export async function removeDatabase(database) {
  await remove(say("sureDatabase", { name: database }), { database }, database);
}

async function remove(question, body, name) {
  if (!(await sure(question, say("lost"), say("delete")))) return;
  await change("api/data/containers/delete", body);
  announce(say("deleted", { name }));
}
