// Polls rest while the page is hidden or a menu or a dialog is open, and come less often while the
// server is away; the live mark in the top bar says which it is, and where nobody follows any more.
const mark = document.getElementById("live");
let failures = 0;
let offlineSince = null;
let nextTryAt = 0;

const isPoll = (element) => element.matches("[data-poll]");
const isRead = () => document.querySelector(".dropdown-menu.show, .modal.show, .offcanvas.show");

addEventListener("htmx:beforeRequest", (event) => {
  const rests = document.hidden || Date.now() < nextTryAt || isRead();
  if (isPoll(event.detail.elt) && rests) event.preventDefault();
});
// What was on its way when a menu opened is asked for again once that is closed
addEventListener("htmx:beforeSwap", (event) => {
  if (isPoll(event.detail.requestConfig.elt) && isRead()) event.detail.shouldSwap = false;
});

addEventListener("htmx:afterRequest", (event) => {
  const { status } = event.detail.xhr;
  // What it follows is shown to nobody any more: its page says so
  if (status === 404 && isPoll(event.detail.elt)) location.reload();
  if (status >= 500) lostServer();
  else if (status) foundServer(); // 0: the page called it off itself, or a send error follows
});
addEventListener("htmx:sendError", lostServer);
addEventListener("htmx:timeout", lostServer);

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
  const unfollowed = document.querySelector("[data-unfollowed]");
  mark.classList.toggle("is-offline", offlineSince !== null || unfollowed !== null);
  const since = offlineSince?.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const word = since ? `Offline since ${since}, trying again` : unfollowed ? "Not followed" : "Live";
  const text = mark.querySelector("span");
  if (text.textContent !== word) text.textContent = word;
}

htmx.onLoad(() => {
  showMark();
  // What turns goes on from where it was, however often its list is swapped.
  for (const animation of document.getAnimations()) animation.startTime = 0;
});
