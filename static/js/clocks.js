// Times move here, so that a page on which nothing changed needs no answer from the server:
// "3 min ago", elapsed, what is left, and the bar; all moments in the viewer's own zone.
const skewMs = Date.parse(document.body.dataset.now) - Date.now(); // the server's clock minus ours
const ESTIMATE_AT = 85; // per cent of a bar's width at which the estimate ends, as in progress.html

const serverNow = () => Date.now() + skewMs;
const secondsSince = (iso) => Math.max(0, Math.floor((serverNow() - Date.parse(iso)) / 1000));
const format = (options) => new Intl.DateTimeFormat("en-GB", options);
const absolute = format({ dateStyle: "medium", timeStyle: "long" });
const clocks = {
  minutes: format({ timeStyle: "short" }),
  seconds: format({ timeStyle: "medium" }),
  moment: format({ dateStyle: "medium", timeStyle: "medium" }),
};

function inWords(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${seconds} s`;
}

function asClock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function wordsLeft(leftMs) {
  if (leftMs < 0) return `${inWords(Math.floor(-leftMs / 1000))} over the estimate`;
  if (leftMs < 60000) return "less than a minute left";
  return `about ${inWords(Math.round(leftMs / 60000) * 60)} left`;
}

function moveProgress(progress) {
  const seconds = secondsSince(progress.dataset.since);
  const elapsed = progress.querySelector("[data-elapsed]");
  elapsed.textContent = elapsed.dataset.elapsed === "words" ? inWords(seconds) : asClock(seconds);
  const estimateMs = Number(progress.dataset.estimateMs);
  if (!estimateMs) return;
  const left = progress.querySelector("[data-left]");
  const leftMs = estimateMs - seconds * 1000;
  if (left) left.textContent = wordsLeft(leftMs);
  progress.classList.toggle("over", -leftMs > Math.max(estimateMs / 2, 60000)); // as presenting.py says it
  const percent = Math.min(98, (seconds * 1000 * ESTIMATE_AT) / estimateMs);
  const bar = progress.querySelector(".rb-eta");
  bar.querySelector("svg").setAttribute("width", `${percent}%`);
  bar.setAttribute("aria-valuenow", Math.round(percent));
}

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]"))
    time.textContent = `${inWords(secondsSince(time.dateTime))} ago`;
  for (const time of document.querySelectorAll("time[data-until]"))
    time.textContent = inWords(Math.max(0, -Math.floor((serverNow() - Date.parse(time.dateTime)) / 1000)));
  document.querySelectorAll("[data-since]").forEach(moveProgress);
}

function intoViewersZone(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.title = absolute.format(moment);
    if (time.dataset.clock) time.textContent = clocks[time.dataset.clock].format(moment);
  }
}

setInterval(tick, 1000);
htmx.onLoad((root) => {
  intoViewersZone(root);
  tick();
});
// A poll without news still tells when each controller last answered: {"at": {"3": "2026-11-25T14:32:07Z"}}.
addEventListener("heard", (event) => {
  for (const [controller, moment] of Object.entries(event.detail.at))
    document.querySelector(`time[data-heard="${CSS.escape(controller)}"]`)?.setAttribute("datetime", moment);
});
