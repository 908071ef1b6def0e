// Light, dark, or as the system has it. Runs in the head, so the page never shows the wrong one.
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const choice = localStorage.getItem("theme") || "auto";
  const dark = choice === "dark" || (choice === "auto" && darkSystem.matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
}

applyTheme();
darkSystem.addEventListener("change", applyTheme);
addEventListener("DOMContentLoaded", applyTheme);
addEventListener("storage", applyTheme); // chosen in another tab
addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  localStorage.setItem("theme", button.dataset.themeChoice);
  applyTheme();
});
