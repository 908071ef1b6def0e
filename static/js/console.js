// The console: follows its end only while the reader is there, and never moves the reader.
const MOST_LINES = 4000; // held by the page; the far end is dropped
const NEAR_END_PX = 24;
const scroll = document.getElementById("scroll");
const lines = document.getElementById("lines");
const earlier = document.getElementById("earlier");
const later = document.getElementById("later");
const pill = document.getElementById("pill");
let known = 0; // lines there were when the reader stopped following: what is beyond is new
let ownTop = -1; // where the page itself scrolled to: the browser tells of that a frame later
const linked = document.querySelector(".rb-line.here") ?? document.getElementById(location.hash.slice(1));
// What failed opens where it first went wrong, with what led there above it
const error = !linked && scroll.matches("[data-failed]") && lines.querySelector(".err");
let following = !linked && !error;

const tail = () => document.getElementById("tail"); // replaced by each answer
const total = () => Number(tail().dataset.total);
const numberOf = (line) => (line ? Number(line.id.slice(1)) : 0);
const first = () => numberOf(lines.querySelector(".rb-line"));
const last = () => numberOf([...lines.querySelectorAll(".rb-line:not(.partial)")].at(-1));
const topOf = (element) => element.getBoundingClientRect().top;
const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END_PX;

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  ownTop = scroll.scrollTop;
}

function setFollowing(on) {
  following = on;
  showFollowing();
  if (!on) return;
  toEnd();
  catchUp();
}

function catchUp() {
  if (last() < total()) htmx.trigger(tail(), "catch-up");
}

function showFollowing() {
  for (const button of document.querySelectorAll("[data-follow]"))
    button.setAttribute("aria-pressed", String(following));
}

function show() {
  showFollowing();
  if (following) known = total();
  const fresh = total() - Math.max(known, last());
  pill.hidden = fresh <= 0;
  pill.querySelector("span").textContent = `${fresh.toLocaleString("en-GB")} new line${fresh === 1 ? "" : "s"}`;
  earlier.hidden = first() <= 1;
  later.hidden = last() >= known;
  lines.style.setProperty("--digits", Math.max(4, String(total()).length));
  if (following) toEnd();
  // One who follows again while the last poll is under way
  if (following && !tail().matches("[data-poll]")) catchUp();
}

// A reader who scrolls up stops following; one who comes back to the end follows again.
scroll.addEventListener("scroll", () => {
  if (scroll.scrollTop === ownTop) return;
  ownTop = -1;
  if (!isAtEnd() && following) setFollowing(false);
  else if (isAtEnd() && !following && later.hidden) setFollowing(true);
});
pill.addEventListener("click", () => setFollowing(true));

addEventListener("click", (event) => {
  if (event.target.closest("[data-follow]")) setFollowing(!following);
  if (event.target.closest("[data-wrap]")) setWrapped(lines.classList.contains("nowrap"));
  if (event.target.closest("[data-copy-link]")) copyLink(event.target.closest("button"));
  const number = event.target.closest(".rb-line > a");
  if (number && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    mark(number);
  }
});

function mark(number) {
  lines.querySelector(".here")?.classList.remove("here");
  number.parentElement.classList.add("here");
  history.replaceState(null, "", number.href);
  setFollowing(false);
}

async function copyLink(button) {
  if (!navigator.clipboard) return prompt("Copy this link:", location.href); // so it is over plain http
  await navigator.clipboard.writeText(location.href);
  button.title = "Copied";
}

function setWrapped(on) {
  lines.classList.toggle("nowrap", !on);
  document.querySelector("[data-wrap]").setAttribute("aria-pressed", String(on));
  localStorage.setItem("wrap", on ? "yes" : "no");
}

addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (elt === earlier) parameters.before = first();
  if (elt === later) parameters.after = last();
  if (elt !== tail()) return;
  parameters.after = last();
  if (!following) parameters.hold = 1;
});

known = total();
let heightBefore = 0;
addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== lines || !event.detail.shouldSwap) return;
  heightBefore = scroll.scrollHeight - scroll.scrollTop;
  const { elt, parameters } = event.detail.requestConfig;
  if (elt !== earlier && !parameters.hold)
    for (const line of lines.querySelectorAll(".partial")) line.remove(); // comes again, longer
});
addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== lines) return;
  const isEarlier = event.detail.requestConfig.elt === earlier;
  if (isEarlier) scroll.scrollTop = scroll.scrollHeight - heightBefore;
  const held = [...lines.querySelectorAll(".rb-line")];
  const tooMany = isEarlier ? held.slice(MOST_LINES) : held.slice(0, -MOST_LINES);
  for (const line of tooMany) line.remove();
  for (const empty of lines.querySelectorAll(":scope > :not(:has(.rb-line))")) empty.remove();
  if (following) toEnd(); // before the browser tells of a scroll that no reader made
});
addEventListener("htmx:afterSettle", show);

setWrapped(localStorage.getItem("wrap") !== "no");
if (linked) {
  linked.scrollIntoView({ block: "center" });
  ownTop = scroll.scrollTop;
}
if (error) scroll.scrollTop += topOf(error) - topOf(scroll) - scroll.clientHeight / 4;
const elsewhere = /^#L(\d+)$/.exec(location.hash);
if (elsewhere && !linked) location.replace(`?line=${elsewhere[1]}${location.hash}`);
setFollowing(following);
show();
