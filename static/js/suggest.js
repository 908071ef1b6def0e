// Keys of a field with suggestions: arrows choose, Enter takes, Escape closes. htmx brings the options.
const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));
const optionsOf = (input) => [...listOf(input).querySelectorAll('[role="option"]')];
const chosenOf = (input) => listOf(input).querySelector('[aria-selected="true"]');
const isCombobox = (element) => element?.matches?.('[role="combobox"]');
// In a form an option fills the field; in the launch box it is a link to the filled form.
const fills = (input) => "fills" in input.dataset;

function show(input, wanted) {
  const open = wanted && optionsOf(input).length > 0;
  input.dataset.wanted = wanted ? "yes" : "";
  input.setAttribute("aria-expanded", String(open));
  listOf(input).classList.toggle("show", open);
  listOf(input).hidden = !open;
  if (!open) choose(input, null);
}

function choose(input, option) {
  for (const other of optionsOf(input)) other.setAttribute("aria-selected", String(other === option));
  input.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function step(input, by) {
  show(input, true);
  const options = optionsOf(input);
  const now = options.indexOf(chosenOf(input));
  const next = now < 0 && by < 0 ? options.length - 1 : (now + by + options.length) % options.length;
  choose(input, options[next]);
}

function take(event, input) {
  const chosen = chosenOf(input);
  if (chosen) chosen.click();
  else if (fills(input)) show(input, false); // the first Enter is about the list, not the form
  else return;
  event.preventDefault();
}

addEventListener("keydown", (event) => {
  const input = event.target;
  if (!isCombobox(input)) return;
  const isOpen = input.getAttribute("aria-expanded") === "true";
  if (event.key === "ArrowDown") step(input, 1);
  else if (event.key === "ArrowUp") step(input, -1);
  else if (event.key === "Escape" && isOpen) show(input, false);
  else if (event.key === "Enter" && isOpen) return take(event, input);
  else return;
  event.preventDefault();
});

addEventListener("click", (event) => {
  const option = event.target.closest?.('[role="option"]');
  const input = option && document.querySelector(`[aria-controls="${option.parentElement.id}"]`);
  if (!input || !fills(input)) return;
  event.preventDefault();
  input.value = option.dataset.plan;
  input.focus();
  show(input, false);
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

addEventListener("input", (event) => {
  if (!isCombobox(event.target)) return;
  choose(event.target, null);
  show(event.target, true);
});
// What is wrong with a field stays in view: its list opens once one asks for it
const isWrong = (input) => input.getAttribute("aria-invalid") === "true";
addEventListener("focusin", ({ target }) => isCombobox(target) && !isWrong(target) && show(target, true));
addEventListener("click", ({ target }) => isCombobox(target) && show(target, true));
addEventListener("focusout", (event) => {
  const input = event.target;
  if (isCombobox(input) && !listOf(input).contains(event.relatedTarget)) show(input, false);
});

addEventListener("htmx:afterSwap", (event) => {
  const input = document.activeElement;
  if (!isCombobox(input) || listOf(input) !== event.target || !input.dataset.wanted) return;
  show(input, true);
  // Where what begins the list is a job, Enter asks the server, which knows plans that never ran
  const [first] = optionsOf(input);
  if (input.value && !fills(input) && first?.dataset.plan) choose(input, first);
});
