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

// Back in the browser's history a page is read anew, and its form may be sent again; one that was
// typed into and not sent stays as it was left.
addEventListener("pageshow", (event) => {
  if (!document.querySelector("form[data-person]:not([data-sent])") && event.persisted) location.reload();
});
