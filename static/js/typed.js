// What was typed into a form with data-person comes back after a sign-in that stood in its way.
const KEPT = "typed";
const LEFT_OUT = ["hidden", "password", "submit", "button"];
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !LEFT_OUT.includes(field.type));
const pathOf = (form) => new URL(form.action).pathname;

function store(kept) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error; // then it is not kept
  }
}

function keep(form) {
  const fields = fieldsOf(form).map(({ name, value, checked }) => ({ name, value, checked }));
  store({ path: pathOf(form), person: form.dataset.person, fields });
}

function putBack(form, { fields }) {
  for (const field of fieldsOf(form)) {
    const isRadio = field.type === "radio";
    const typed = fields.find(
      ({ name, value }) => name === field.name && (!isRadio || value === field.value),
    );
    if (!typed) continue;
    if (isRadio || field.type === "checkbox") field.checked = typed.checked;
    else field.value = typed.value;
  }
  form.querySelector("#put-back").hidden = false;
}

// Pages on the way back to the form keep it; at any other it has gone out, or was given up.
let kept = JSON.parse(sessionStorage.getItem(KEPT));
if (!document.querySelector("[data-keeps-typed]")) sessionStorage.removeItem(KEPT);
else if (kept) store({ ...kept, isOnWay: true });

function putBackInto(page) {
  if (!kept?.isOnWay) return;
  for (const form of page.querySelectorAll("form[data-fresh]")) {
    if (kept.path !== pathOf(form) || kept.person !== form.dataset.person) continue;
    putBack(form, kept);
    kept = null;
    return;
  }
}
putBackInto(document);
// A form may also come in a dialog of the page that one is led back to
addEventListener("htmx:afterSwap", (event) => putBackInto(event.detail.target));
addEventListener("submit", ({ target }) => {
  if (target.dataset.person) keep(target);
});
