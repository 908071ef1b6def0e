// A form goes out once: its button says so until the next page is there, or for as long as one may
// take. Who stopped it in the browser can send it again then.
const MOST_MS = 25000; // a view waits 20 s for a controller

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return; // a search changes nothing
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  noteSent(true);
  setTimeout(() => {
    delete form.dataset.sent;
    noteSent(false);
  }, MOST_MS);
  const button = event.submitter;
  if (button?.dataset.busy) showBusy(button);
});

function noteSent(isSent) {
  history.replaceState({ ...history.state, isSent }, "");
}

function showBusy(button) {
  const word = button.lastChild.textContent;
  button.setAttribute("aria-disabled", "true");
  button.lastChild.textContent = button.dataset.busy;
  setTimeout(() => {
    button.removeAttribute("aria-disabled");
    button.lastChild.textContent = word;
  }, MOST_MS);
}

// A button that may not be used keeps its place and says why, but does nothing.
addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) event.preventDefault();
}, { capture: true });

// Back in the browser's history a page comes as it was, kept whole or from the browser's cache: with
// old news, an old clock, and in its forms the keys of what was launched. So it is read anew; only one
// with a form to fill in, from which nothing was sent (no sign-out either), stays as it was left.
addEventListener("pageshow", (event) => {
  const isBack = event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!isBack || (document.querySelector("form[data-person]") && !history.state?.isSent)) return;
  noteSent(false);
  location.reload();
});
