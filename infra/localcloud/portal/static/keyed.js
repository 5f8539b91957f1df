// A list whose elements stay as long as what they show stays, so that focus and open parts stay too.

const shown = new WeakMap();

export function fill(list, items, key, build) {
  const known = shown.get(list) ?? new Map();
  const next = new Map();
  for (const item of items) {
    const text = JSON.stringify(item);
    const before = known.get(key(item));
    next.set(key(item), before?.text === text ? before : { text, element: build(item) });
  }
  shown.set(list, next);
  const elements = [...next.values()].map((one) => one.element);
  if (elements.length === list.children.length && elements.every((one, at) => one === list.children[at])) return;
  const focused = document.activeElement;
  list.replaceChildren(...elements);
  if (focused?.isConnected && list.contains(focused)) focused.focus();
}
