"use strict";
/* What a person has asked for is done: what it was about is read anew. A refusal stays to be read,
   and nobody who is writing is disturbed. */
(() => {
  const PAUSE = 1500;
  const busy = (list) => list.querySelector(".request.refused, .request.waiting")
    || (list.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName));
  document.addEventListener("settled", () => {
    setTimeout(() => {
      const list = document.querySelector("[data-refresh]");
      if (list && !busy(list)) htmx.trigger(list, "refresh");
    }, PAUSE);
  });
})();
