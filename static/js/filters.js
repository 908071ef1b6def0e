// Of filters that a phone scrolls sideways, the one in use is in view.
htmx.onLoad((root) => {
  for (const current of root.querySelectorAll(".nav-segmented > [aria-current]")) {
    const filters = current.parentElement;
    filters.scrollLeft += current.getBoundingClientRect().right - filters.getBoundingClientRect().right;
  }
});
