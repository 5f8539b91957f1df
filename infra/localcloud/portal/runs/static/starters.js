// Forms that start a workflow by hand.

import { make, say } from "../dom.js";

export function showStarters(place, workflows, start) {
  const found = workflows.filter((one) => one.by_hand);
  place.replaceChildren(...(found.length ? found.map((one) => form(one, start)) : [make("p", { class: "hint" }, say("noWorkflows"))]));
}

function form(workflow, start) {
  const branch = make("input", { value: "main", required: true, spellcheck: "false" });
  const fields = workflow.inputs.map((input) => [input, field(input)]);
  const element = make(
    "form",
    { class: "starter" },
    make("label", {}, say("branch"), " ", branch),
    ...fields.map(([input, one]) => make("label", {}, input.description || input.name, " ", one)),
    make("button", { type: "submit", class: "main" }, say("runBy", { name: workflow.name })),
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const inputs = Object.fromEntries(fields.map(([input, one]) => [input.name, input.type === "boolean" ? one.checked : one.value]));
    start({ workflow: workflow.path, ref: branch.value, inputs });
  });
  return element;
}

function field(input) {
  if (input.type === "boolean") return make("input", { type: "checkbox", checked: input.default === "true" });
  if (!input.options.length) return make("input", { value: input.default, required: input.required });
  return make("select", {}, ...input.options.map((one) => make("option", { selected: one === input.default }, one)));
}
