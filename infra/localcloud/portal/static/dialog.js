// Dialogs: a question before something is lost, and windows with something to look at or to write.

import { make, say } from "./dom.js";

// Shows `content` under a title, with `buttons`; gives the dialog, which goes away when it is closed.
export function open(title, content, buttons, kind = "") {
  const heading = make("h2", { id: "dialog-title" }, title);
  const dialog = make(
    "dialog",
    { class: kind, "aria-labelledby": "dialog-title" },
    heading,
    ...content,
    make("div", { class: "buttons" }, ...buttons),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function button(words, pressed, kind = "") {
  return make("button", { type: "button", class: kind, onclick: pressed }, words);
}

// Whether the person wants it; `doing` is what happens then.
export function sure(question, explanation, doing) {
  return new Promise((resolve) => {
    const dialog = open(question, explanation ? [make("p", {}, explanation)] : [], [
      button(say("cancel"), () => dialog.close()),
      button(doing, () => dialog.close("yes"), "danger"),
    ]);
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
