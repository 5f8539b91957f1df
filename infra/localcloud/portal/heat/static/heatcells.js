// The cells of the heat map: what a partition used in a row, as a colour, a mark and words.

import { keyText, number, percent, time } from "../data/figures.js";
import { make, say } from "../dom.js";

export const LEVELS = 12; // 0: nothing; 1 to 10: a tenth of the budget each; 11: all of it, or refused

export function level(share, throttled) {
  if (throttled > 0 || share >= 1) return LEVELS - 1;
  return share > 0 ? Math.min(LEVELS - 2, Math.floor(share * 10) + 1) : 0;
}

// A row of the map: a time, and a cell for every column.
export function row({ at, cells, step, ids, newest }) {
  const marked = newest || at % (10 * step) === 0;
  const label = make("th", { scope: "row", class: marked ? "tick" : null }, newest ? say("now") : marked ? time(at) : make("span", { class: "unseen" }, time(at)));
  return make("tr", { role: "row", "data-at": at }, label, ...cells.map((one, place) => cell(one, ids[place], { at, place })));
}

function cell({ ru, share, requests, throttled, budget }, id, { at, place }) {
  const facts = { partition: id, time: time(at), ru: number(ru), budget: number(budget), share: percent(share), requests, count: throttled };
  const mark = throttled ? make("span", { class: "refused", "aria-hidden": "true" }, `×${throttled}`) : null;
  return make(
    "td",
    {
      role: "gridcell",
      tabindex: "-1",
      class: "cell",
      "data-level": level(share, throttled),
      "data-column": place,
      "aria-label": say(throttled ? "cellRefused" : "cell", facts),
    },
    mark,
  );
}

// The head of a column: what the partition uses now, and whose fault that is.
export function head({ id, share, throttled, hottest }) {
  const refused = throttled ? say("refusedCount", { count: throttled }) : "";
  const key = hottest ? keyText(hottest) : "";
  const told = say("columnTitle", { partition: id, share: percent(share), refused: refused || say("noneRefused"), key: keyText(hottest) });
  return make(
    "th",
    { scope: "col", "data-level": level(share, throttled), "aria-label": told, title: told },
    make("span", { class: "used" }, percent(share)),
    make("span", { class: "name" }, say("column", { partition: id })),
    make("span", { class: "short" }, id),
    make("span", { class: "key" }, key),
    make("span", { class: throttled ? "refusals some" : "refusals" }, refused),
    make("span", { class: "short some" }, throttled ? `×${throttled}` : ""),
  );
}
