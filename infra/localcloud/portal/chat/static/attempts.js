// The attempts to deliver one message, as a list beside it.

import { make, say } from "../dom.js";

export function attemptsList(deliveries, app) {
  const title = say("deliveries", { app });
  return make("ol", { class: "attempts", "aria-label": title, "aria-live": "off" }, ...deliveries.map(attempt));
}

// The same in a few signs; a click unfolds the list, in `card`.
export function foldedAttempts(deliveries, app, card) {
  if (!deliveries.length) return make("span", { class: "fold" });
  const last = deliveries.at(-1);
  const ok = !last.failure;
  const times = deliveries.length > 1 ? ` ×${deliveries.length}` : "";
  const label = say(ok ? "foldedDelivered" : "foldedFailed", { app, count: deliveries.length });
  const button = make(
    "button",
    { type: "button", class: ok ? "fold" : "fold bad", "aria-label": label, title: label },
    `${ok ? "✓" : "✕"} ${last.status ?? ""}${times}`,
  );
  const show = (open) => {
    card.classList.toggle("unfolded", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => {
    show(!card.classList.contains("unfolded"));
    card.scrollIntoView({ block: "nearest" });
  });
  show(card.classList.contains("unfolded"));
  return button;
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
