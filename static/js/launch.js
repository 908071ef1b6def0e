// The launch form: steps of the rerun field, and what differs from the run to repeat, while one types.
const form = document.getElementById("launch");
const rows = [...form.querySelectorAll("[data-was]")];
const fieldsOf = (row) => [...row.querySelectorAll("input[name], select, textarea")];

function valueOf(row) {
  const [first] = fieldsOf(row);
  if (first.type === "checkbox") return String(first.checked);
  if (first.type === "radio") return fieldsOf(row).find((field) => field.checked)?.value ?? "";
  if (first.type === "password") return first.value && "sent"; // whether it is the same nobody knows
  return first.value;
}

function putBack(row) {
  const was = row.dataset.was;
  for (const field of fieldsOf(row))
    if (field.type === "checkbox") field.checked = was === "true";
    else if (field.type === "radio") field.checked = field.value === was;
    else field.value = was;
  showChanges();
}

function worded(row, value) {
  const { type } = fieldsOf(row)[0];
  if (type === "checkbox") return value === "true" ? "on" : "off";
  if (type === "password") return value || "the job’s default";
  return value.length > 60 ? `${value.slice(0, 59)}…` : value || "empty";
}

function element(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

function showChanges() {
  const list = document.getElementById("changes");
  if (!list) return;
  list.replaceChildren();
  for (const row of rows) {
    const [was, now] = [row.dataset.was, valueOf(row)];
    row.classList.toggle("rb-row-changed", was !== now);
    row.querySelector(".rb-was").hidden = was === now;
    if (was === now) continue;
    const difference = element("dd", "");
    difference.append(element("del", worded(row, was)), " → ", element("ins", worded(row, now)));
    list.append(element("dt", row.dataset.name), difference);
  }
  const changed = list.children.length / 2;
  document.getElementById("no-changes").hidden = changed > 0;
  document.getElementById("changes-count").textContent = changed ? `${changed} of ${rows.length}` : "";
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step], [data-put-back]");
  if (!button) return;
  if ("putBack" in button.dataset) return putBack(button.closest("[data-was]"));
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const next = (parseInt(field.value, 10) || 0) + Number(button.dataset.step);
  field.value = Math.min(Math.max(next, 0), Number(field.dataset.max));
  showChanges();
});
form.addEventListener("input", showChanges);
form.addEventListener("change", showChanges);
showChanges();
