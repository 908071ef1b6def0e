// Keys of a field with suggestions: arrows choose, Enter takes, Escape closes. htmx brings the options.
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => [...listOf(input).querySelectorAll('[role="option"]')];
const isCombobox = (element) => element.matches?.('[role="combobox"]');

function show(input, visible) {
  const list = listOf(input);
  const open = visible && optionsOf(input).length > 0;
  list.classList.toggle("show", open);
  list.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  if (!open) choose(input, null);
}

function choose(input, option) {
  for (const other of optionsOf(input)) other.setAttribute("aria-selected", String(other === option));
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function step(input, by) {
  const options = optionsOf(input);
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = now < 0 && by < 0 ? options.length - 1 : (now + by + options.length) % options.length;
  choose(input, options[next]);
}

function take(input, option) {
  input.value = option.dataset.plan;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  show(input, false);
}

addEventListener("keydown", (event) => {
  const input = event.target;
  if (!isCombobox(input) || listOf(input).hidden) return;
  const chosen = listOf(input).querySelector('[aria-selected="true"]');
  if (event.key === "Escape") show(input, false);
  else if (event.key === "ArrowDown") step(input, 1);
  else if (event.key === "ArrowUp") step(input, -1);
  else if (event.key === "Enter" && chosen) chosen.click();
  else return;
  event.preventDefault();
});

// In a form (data-fills) an option fills the field; elsewhere it is a link to the filled form.
addEventListener("click", (event) => {
  const option = event.target.closest?.('[role="option"]');
  if (!option) return;
  const input = document.querySelector(`[aria-controls="${option.parentElement.id}"]`);
  if (!("fills" in input.dataset)) return;
  event.preventDefault();
  take(input, option);
});

addEventListener("focusin", (event) => isCombobox(event.target) && show(event.target, true));
addEventListener("focusout", (event) => {
  const input = event.target;
  if (isCombobox(input) && !listOf(input).contains(event.relatedTarget)) show(input, false);
});
addEventListener("htmx:afterSwap", (event) => {
  const input = document.activeElement;
  if (isCombobox(input) && listOf(input) === event.target) show(input, true);
});
