"use strict";
/* Small comforts of the dispatcher's window: F2 is the search, and what was opened comes into view. */
(() => {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F2") return;
    event.preventDefault();
    const field = document.getElementById("asked-words");
    field.focus();
    field.select();
  });
  /* The list of orders is read anew while somebody looks at it. */
  setInterval(() => {
    if (!document.hidden) htmx.trigger("#waiting", "refresh");
  }, 20000);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "work") return;
    event.target.scrollIntoView({ block: "nearest" });
    event.target.querySelector("input:not([type=hidden]), select")?.focus({ preventScroll: true });
  });
})();
