// A link with data-dialog asks its question in the dialog of the page, once that has arrived.
// A click that opens a tab stays one, and without scripts the link leads to the question's page.
const dialog = document.getElementById("dialog");

addEventListener("htmx:afterSwap", (event) => {
  if (!dialog.contains(event.detail.target)) return;
  tabler.Modal.getOrCreateInstance(dialog).show();
});
