// The attempts to deliver one message, as a list beside it.

import { make, say } from "../dom.js";

export function attemptsList(deliveries, app) {
  const title = say("deliveries", { app });
  return make("ol", { class: "attempts", "aria-label": title, "aria-live": "off" }, ...deliveries.map(attempt));
}

function attempt(delivery) {
  const ok = !delivery.failure;
  const line = make(
    "p",
    { class: "attempt-line" },
    make("span", { class: "mark", role: "img", "aria-label": say(ok ? "delivered" : "failed") }, ok ? "✓" : "✕"),
    make("span", { class: "what" }, delivery.event_type ?? delivery.what),
    make("span", { class: "status" }, String(delivery.status ?? say("noAnswer"))),
    make("span", { class: "time" }, say("milliseconds", { number: Math.round(delivery.milliseconds) })),
  );
  return make("li", { class: ok ? "attempt" : "attempt bad" }, line, retry(delivery), why(delivery));
}

function retry(delivery) {
  if (!delivery.attempt) return null;
  const reason = delivery.reason ? ` · ${delivery.reason}` : "";
  return make("p", { class: "retry" }, say("retry", { number: delivery.attempt }) + reason);
}

function why(delivery) {
  return delivery.why ? make("p", { class: "why" }, delivery.why) : null;
}
