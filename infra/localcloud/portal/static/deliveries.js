// The list of delivery attempts beside a message.

import { element, strings, text } from "./page.js";

/** The attempts as a list; null when there are none. */
export function deliveryList(deliveries) {
  if (!deliveries.length) return null;
  return element("ul", { className: "deliveries", "aria-label": text("deliveries") }, ...deliveries.map(attempt));
}

function attempt(delivery) {
  const good = delivery.failure === null;
  const result = delivery.status === null ? text("no_answer") : String(delivery.status);
  return element(
    "li",
    { className: good ? "good" : "bad" },
    element("code", {}, delivery.event_type || delivery.what),
    element("span", { className: "result" }, `→ ${result}`),
    element("span", {}, text("milliseconds", { number: Math.round(delivery.milliseconds) })),
    delivery.attempt ? element("span", {}, `${text("retry", { number: delivery.attempt })} ${text("because", { reason: delivery.reason })}`) : null,
    good ? null : element("span", {}, why(delivery)),
    delivery.trace ? element("a", { href: `functions#${delivery.trace}` }, text("see_call")) : null,
  );
}

function why(delivery) {
  const known = strings[`why_${delivery.status}`] || strings[`why_${delivery.failure}`];
  return known || delivery.failure;
}
