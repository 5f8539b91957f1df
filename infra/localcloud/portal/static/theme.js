// Light or dark as the page around this one, if that is JupyterLab; else as the browser says. Not a module: it runs
// before anything is drawn.

(() => {
  const follow = (body) => {
    const light = body?.dataset.jpThemeLight;
    if (light) document.documentElement.dataset.theme = light === "false" ? "dark" : "light";
    else delete document.documentElement.dataset.theme;
  };
  try {
    const around = window.parent === window ? null : window.parent.document.body;
    if (!around) return;
    follow(around);
    new MutationObserver(() => follow(around)).observe(around, { attributeFilter: ["data-jp-theme-light"] });
  } catch {
    // The page around this one is of somebody else.
  }
})();
