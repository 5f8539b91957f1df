// The list of pages: a menu where a page needs the room of the head itself.

const button = document.getElementById("pages-button");
const pages = document.getElementById("pages");

function open(yes) {
  button.setAttribute("aria-expanded", String(yes));
}

button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || button.getAttribute("aria-expanded") !== "true") return;
  if (pages.contains(document.activeElement)) button.focus();
  open(false);
});
document.addEventListener("pointerdown", (event) => {
  if (!pages.contains(event.target) && !button.contains(event.target)) open(false);
});
pages.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !pages.contains(event.relatedTarget) && event.relatedTarget !== button) open(false);
});
