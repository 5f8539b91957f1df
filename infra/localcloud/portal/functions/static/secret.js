// A value that is shown only when it is asked for, by a click.

import { announce, make, say } from "../dom.js";

const MASK = "••••••••••••";

// `fetchValue` loads the secret; `name` is what it is called, for those who hear the page.
export function secret(name, fetchValue, fail) {
  const code = make("code", { class: "value" }, MASK);
  const reveal = make("button", { type: "button", class: "quiet", "aria-label": say("revealThis", { name }), "aria-pressed": "false" }, say("reveal"));
  const asked = async (use) => {
    fail("");
    try {
      await use(await fetchValue());
    } catch (error) {
      fail(error.message);
    }
  };
  const hide = () => {
    code.textContent = MASK;
    reveal.textContent = say("reveal");
    reveal.setAttribute("aria-pressed", "false");
  };
  const show = (value) => {
    code.textContent = value;
    reveal.textContent = say("hide");
    reveal.setAttribute("aria-pressed", "true");
  };
  reveal.addEventListener("click", () => (reveal.getAttribute("aria-pressed") === "true" ? hide() : asked(show)));
  const copy = make("button", { type: "button", class: "quiet", "aria-label": say("copyValue", { name }) }, say("copy"));
  copy.addEventListener("click", () => asked((value) => copied(value, code, show)));
  return [code, reveal, copy];
}

async function copied(value, code, show) {
  try {
    await navigator.clipboard.writeText(value);
    announce(say("copied"));
  } catch {
    show(value);
    getSelection().selectAllChildren(code); // in a frame that may not write there: the person copies
    announce(say("valueSelected"));
  }
}
