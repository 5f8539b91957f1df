// Figures, moments and partition keys as the pages on Cosmos DB write them.

import { say } from "../dom.js";

const TIME = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium", hourCycle: "h23" });
const NUMBER = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

export function number(value) {
  return NUMBER.format(value);
}

export function percent(share) {
  return share > 0 && share < 0.01 ? say("little") : say("share", { number: Math.round(share * 100) });
}

export function keyText(key) {
  const one = (value) => {
    if (value !== null && typeof value === "object") return say("none");
    return typeof value === "string" ? value : JSON.stringify(value);
  };
  return key ? key.map(one).join(" / ") : say("anyKey");
}

export function time(at) {
  return TIME.format(new Date(at * 1000));
}
