// What was typed into a launch form comes back after a sign-in that stood in its way.
const form = document.getElementById("launch");
const KEPT = "typed";
const LEFT_OUT = ["hidden", "password", "submit", "button"];
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !LEFT_OUT.includes(field.type));

function keep() {
  const fields = fieldsOf(form).map(({ name, value, checked }) => ({ name, value, checked }));
  const kept = { path: location.pathname, person: form.dataset.person, fields };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error; // then it is not kept
  }
}

function putBack({ fields }) {
  for (const field of fieldsOf(form)) {
    const isRadio = field.type === "radio";
    const typed = fields.find(
      ({ name, value }) => name === field.name && (!isRadio || value === field.value),
    );
    if (!typed) continue;
    if (isRadio || field.type === "checkbox") field.checked = typed.checked;
    else field.value = typed.value;
  }
  document.getElementById("put-back").hidden = false;
}

// Pages on the way back to the form keep it; at any other it has gone out, or was given up.
if (!document.querySelector("[data-keeps-typed]")) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  const isOurs = kept?.path === location.pathname && kept.person === form?.dataset.person;
  if (isOurs && "fresh" in form.dataset) putBack(kept);
}
form?.addEventListener("submit", keep);
