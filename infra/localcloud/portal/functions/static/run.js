// Running a function by hand: an HTTP function is called, another gets an input.

import { change } from "../api.js";
import { announce, make, say } from "../dom.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const WITHOUT_BODY = new Set(["GET", "HEAD"]);
const SAMPLES = {
  queuetrigger: '{"text": "hello"}',
  timertrigger: '{"IsPastDue": false}',
  blobtrigger: "hello",
  cosmosdbtrigger: '[{"id": "1", "text": "hello"}]',
  eventgridtrigger: '{"id": "1", "eventType": "sample", "subject": "sample", "data": {}, "dataVersion": "1.0", "eventTime": "2026-01-01T00:00:00Z"}',
};
let forms = 0;

function field(words, control) {
  forms += 1;
  control.id = `field-${forms}`;
  return [make("label", { for: control.id }, words), control];
}

function area(value) {
  const text = make("textarea", { class: "code-input", rows: "4", spellcheck: "false" });
  text.value = value;
  return text;
}

function form(send, words, ...children) {
  const answer = make("div", { class: "answer", role: "status" });
  const alert = make("div", { class: "alert", role: "alert" });
  const button = make("button", { type: "submit", class: "main" }, words);
  const element = make("form", { class: "run" }, ...children, make("div", {}, button), alert, answer);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    alert.textContent = "";
    answer.replaceChildren();
    try {
      answer.replaceChildren(...(await send()));
    } catch (error) {
      alert.textContent = error.message;
    }
    button.disabled = false;
  });
  return element;
}

export function runForm(one) {
  const input = area(SAMPLES[one.trigger.toLowerCase()] ?? "{}");
  const send = async () => {
    await change(`api/functions/${one.name}/run`, { input: input.value });
    announce(say("accepted"));
    return [make("p", {}, say("accepted"))];
  };
  return form(send, say("runNow"), ...field(say("input"), input));
}

export function callForm(one) {
  const methods = one.methods ?? METHODS;
  const method = make("select", {}, ...methods.map((name) => make("option", {}, name)));
  method.value = methods.includes("POST") ? "POST" : methods[0];
  const path = make("input", { class: "code-input", spellcheck: "false", autocomplete: "off", required: true });
  path.value = new URL(one.url).pathname.replaceAll("%7B", "{").replaceAll("%7D", "}");
  const body = area('{"text": "hello"}');
  const fits = () => (body.disabled = WITHOUT_BODY.has(method.value));
  method.addEventListener("change", fits);
  fits();
  const send = async () => {
    const given = { method: method.value, path: path.value.trim(), body: body.disabled ? "" : body.value };
    return shown(await change(`api/functions/${one.name}/call`, given));
  };
  return form(send, say("call"), ...field(say("method"), method), ...field(say("path"), path), ...field(say("body"), body));
}

function shown({ status, reason, type, location, body, cut, milliseconds, trace }) {
  const words = [`${status} ${reason ?? ""}`.trim(), say("milliseconds", { number: milliseconds }), type].filter(Boolean);
  const line = make("p", { class: status < 400 ? "good" : "bad" }, `${words.join(" · ")} `, make("a", { href: `functions?trace=${trace}` }, say("itsInvocation")));
  const content = body ? make("pre", { tabindex: "0" }, body) : make("p", { class: "hint" }, say("emptyAnswer"));
  return [line, location ? make("p", {}, `Location: ${location}`) : null, content, cut ? make("p", { class: "hint" }, say("answerCut")) : null].filter(Boolean);
}
