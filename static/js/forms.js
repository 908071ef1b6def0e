// A form goes out once: its button says so until the next page is there.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  button.setAttribute("aria-disabled", "true");
  button.lastChild.textContent = button.dataset.busy;
});

// A button that may not be used keeps its place and says why, but does nothing.
addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) event.preventDefault();
}, { capture: true });

// Back in the browser's history a page is read anew, and its form may be sent again; only one with a
// form to fill in, from which nothing was sent (no sign-out either), stays as it was left.
addEventListener("pageshow", (event) => {
  const isAsLeft = document.querySelector("form[data-person]") && !document.querySelector("form[data-sent]");
  if (event.persisted && !isAsLeft) location.reload();
});
