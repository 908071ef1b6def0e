// Keys that every page has; the page behind a "g" key is the link with that data-key.
let goPressed = false;

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
  const isOther = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
  if (isOther || typing(event.target) || document.querySelector(".modal.show")) return;
  const after = goPressed ? `g ${event.key}` : event.key;
  goPressed = event.key === "g";
  const target = document.querySelector(`[data-key="${CSS.escape(after)}"]`);
  if (after === "/") focusSearch(event);
  else if (after === "?") document.querySelector('[data-bs-target="#keys"]').click();
  else if (target) target.click();
});

// What a dialog asks for can be typed at once
addEventListener("shown.bs.modal", (event) => event.target.querySelector("input:not([type=hidden])")?.focus());

function focusSearch(event) {
  event.preventDefault();
  const field = document.getElementById("find");
  if (field.offsetParent) field.focus();
  else location.href = field.form.action;
}
