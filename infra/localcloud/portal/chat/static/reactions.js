// Reactions: those that a message has, and a few to choose from.

import { make, say } from "../dom.js";

const SIGNS = {
  "+1": "👍", thumbsup: "👍", heart: "❤️", tada: "🎉", eyes: "👀", white_check_mark: "✅", smile: "😄", wave: "👋",
  rocket: "🚀", fire: "🔥", x: "❌", warning: "⚠️", hourglass: "⌛", hourglass_flowing_sand: "⏳", tent: "⛺",
  thinking_face: "🤔", raised_hands: "🙌", clap: "👏", bug: "🐛", zap: "⚡", robot_face: "🤖", "-1": "👎",
};
const OFFERED = ["+1", "heart", "tada", "eyes", "white_check_mark"];

function sign(name) {
  return SIGNS[name] ?? `:${name}:`;
}

export function reactionsList(message, names, person, toggle) {
  const buttons = (message.reactions ?? []).map(({ name, users }) =>
    make(
      "button",
      {
        type: "button",
        class: "reaction",
        "data-name": name,
        "aria-pressed": String(users.includes(person)),
        "aria-label": say("reactedWith", { name, people: users.map((id) => names.user(id) ?? id).join(", ") }),
        onclick: () => toggle(name),
      },
      `${sign(name)} ${users.length}`,
    ),
  );
  return make("p", { class: "reactions", hidden: buttons.length === 0 }, ...buttons);
}

export function reactionMenu(label, toggle) {
  const menu = make("details", { class: "react" }, make("summary", { "aria-label": label }, say("react")));
  const choose = (name) => {
    menu.open = false;
    menu.firstElementChild.focus();
    toggle(name);
  };
  const choices = OFFERED.map((name) =>
    make("button", { type: "button", "aria-label": say("reactWith", { name }), onclick: () => choose(name) }, sign(name)),
  );
  menu.append(make("span", { class: "choose" }, ...choices));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstElementChild.focus();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}
