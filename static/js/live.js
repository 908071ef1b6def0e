// Polls rest while the page is hidden or a menu or a dialog is open, and come less often while the
// server is away; the live mark in the top bar says which it is.
const mark = document.getElementById("live");
let failures = 0;
let offlineSince = null;
let nextTryAt = 0;

addEventListener("htmx:beforeRequest", (event) => {
  const poll = event.detail.elt;
  if (!poll.matches("[data-poll]")) return;
  const isRead = document.querySelector(".dropdown-menu.show, .modal.show, .offcanvas.show");
  if (document.hidden || Date.now() < nextTryAt || isRead) event.preventDefault();
});

addEventListener("htmx:afterRequest", (event) => {
  const { status } = event.detail.xhr;
  // What it follows is shown to nobody any more: its page says so
  if (status === 404 && event.detail.elt.matches("[data-poll]")) location.reload();
  if (status === 0 || status >= 500) lostServer();
  else foundServer();
});

function lostServer() {
  failures += 1;
  offlineSince ??= new Date();
  nextTryAt = Date.now() + Math.min(30, 2 ** failures) * 1000;
  showMark();
}

function foundServer() {
  if (!failures) return;
  failures = 0;
  offlineSince = null;
  nextTryAt = 0;
  showMark();
}

function showMark() {
  if (!mark) return;
  mark.hidden = !document.querySelector('[data-poll=""]'); // lamps alone make no page live
  mark.classList.toggle("is-offline", offlineSince !== null);
  const since = offlineSince?.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const word = since ? `Offline since ${since}, trying again` : "Live";
  const text = mark.querySelector("span");
  if (text.textContent !== word) text.textContent = word;
}

htmx.onLoad(() => {
  showMark();
  // What turns goes on from where it was, however often its list is swapped.
  for (const animation of document.getAnimations()) animation.startTime = 0;
});
