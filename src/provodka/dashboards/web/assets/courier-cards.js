"use strict";
/* How a stop looks. All that comes from outside is text: no markup is made of it. */
(() => {
  const words = JSON.parse(document.body.dataset.words);

  Courier.say = (name, values = {}) =>
    words[name].replace(/\{(\w+)\}/g, (_whole, key) => values[key] ?? "");

  Courier.el = (tag, given = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value != null) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child != null && child !== false));
    return made;
  };

  /* Sums are whole kopecks here; quantities are whole thousandths. */
  Courier.kopecks = (text) => {
    const found = /^\s*(\d{1,9})(?:[.,](\d{1,2}))?\s*$/.exec(String(text).replace(/\s/g, ""));
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
  };
  Courier.thousandths = (text) => Math.round(Number(text) * 1000);
  Courier.sum = (kopecks) => {
    const whole = Math.floor(Math.abs(kopecks) / 100).toString().replace(/\B(?=(\d{3})+$)/g, "\u00a0");
    const rest = String(Math.abs(kopecks) % 100).padStart(2, "0");
    return `${kopecks < 0 ? "−" : ""}${whole},${rest}\u00a0₽`;
  };
  Courier.plain = (kopecks) => `${Math.floor(kopecks / 100)}.${String(kopecks % 100).padStart(2, "0")}`;

  const { el, say, sum, kopecks } = Courier;
  const MARKS = { done: "good", failed: "bad", move: "warn" };

  const state = (act) => ({ waiting: "waiting", sent: "checking", refused: "refused" })[act.state];

  const mark = (stop, act) => {
    const kind = act ? act.kind : stop.status;
    const sign = { done: "✓ ", failed: "✗ ", move: "→ " }[kind];
    const name = { done: "done", failed: "failed", move: "moved" }[kind];
    const line = el("p", {}, el("span", { class: `mark ${MARKS[kind]}` }, sign + say(name)));
    if (act) line.append(" ", el("span", { class: "mark warn" }, say(state(act))));
    return line;
  };

  const window_ = (stop) => stop.to ? `${stop.from}–${stop.to}` : stop.from;

  Courier.brief = (stop, act) => {
    const taken = act ? act.cash : stop.status === "done" ? stop.taken : null;
    return el("article", { class: "stop over" },
      el("h3", {}, el("span", { class: "when" }, window_(stop)), stop.client),
      mark(stop, act),
      taken && kopecks(taken) ? el("p", { class: "soft" }, say("took", { sum: sum(kopecks(taken)) })) : null,
      stop.address ? el("p", { class: "soft" }, stop.address) : null);
  };

  const items = (stop) => el("ul", { class: "items" }, ...stop.items.map((item) =>
    el("li", {}, el("span", {}, item.name), el("b", {}, `× ${item.quantity}`))));

  const money = (stop) => stop.company
    ? el("p", { class: "soft" }, say("company"))
    : el("p", { class: "due" }, `${say("due")}: ${sum(kopecks(stop.due))}`);

  const links = (stop) => el("div", { class: "links" },
    stop.phone ? el("a", { class: "button", href: `tel:${stop.phone.replace(/[^\d+]/g, "")}` }, say("call"), el("small", {}, stop.phone)) : null,
    stop.address ? el("a", { class: "button", target: "_blank", rel: "noreferrer",
      href: `https://yandex.ru/maps/?text=${encodeURIComponent(stop.address)}` }, say("map")) : null);

  /* A stop that waits, with its three buttons. */
  Courier.card = (stop, act, ask) => el("article", { class: "stop", "data-stop": stop.number },
    el("h3", {}, el("span", { class: "when" }, window_(stop)), stop.client),
    act ? mark(stop, act) : null,
    stop.late ? el("p", { class: "bad" }, say("late", { day: stop.day.split("-").reverse().join(".") })) : null,
    el("p", {}, stop.address || say("no_address")),
    stop.contact ? el("p", { class: "soft" }, stop.contact) : null,
    stop.comment ? el("p", { class: "warn" }, stop.comment) : null,
    el("p", { class: "soft" }, stop.attempt > 1 ? `${stop.number}, ${say("attempt", stop)}` : stop.number),
    items(stop), money(stop),
    stop.tare.length ? el("p", { class: "soft" },
      `${say("keeps")}: ${stop.tare.map((one) => `${one.name} × ${one.quantity}`).join(", ")}`) : null,
    links(stop),
    act ? null : el("div", { class: "deeds" },
      el("button", { type: "button", class: "main", onclick: () => ask("done", stop) }, `✓ ${say("done")}`),
      el("button", { type: "button", onclick: () => ask("failed", stop) }, `✗ ${say("failed")}`),
      el("button", { type: "button", onclick: () => ask("move", stop) }, `→ ${say("move")}`)));

  /* The end of the day: what the hub has written down, and what is still in the telephone. */
  Courier.totals = (stops, acts, today) => {
    const of = (kind) => (stop) => (acts.get(stop.id)?.kind ?? (stop.over === today && stop.status)) === kind;
    const waits = [...acts.values()].filter((act) => act.kind === "done");
    const kept = stops.filter((stop) => stop.status === "done" && stop.over === today && !acts.has(stop.id));
    const unsent = waits.reduce((all, act) => all + kopecks(act.cash), 0);
    const cash = kept.reduce((all, stop) => all + kopecks(stop.taken), unsent);
    const back = waits.flatMap((act) => Object.values(act.returned)).map(Number);
    const empty = [...kept.map((stop) => Number(stop.back)), ...back].reduce((all, one) => all + one, 0);
    const left = stops.filter((stop) => stop.status === "planned" && stop.day <= today && !acts.has(stop.id));
    const rows = [["total_done", stops.filter(of("done")).length],
      ["total_failed", stops.filter(of("failed")).length],
      ["total_left", left.length], ["total_empty", empty], ["total_cash", sum(cash)]];
    if (unsent) rows.push(["total_wait", sum(unsent)]);
    return [el("h2", {}, say("totals")),
      el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, say(name)), el("dd", {}, String(value))]))];
  };
})();
