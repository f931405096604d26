"use strict";
/* The courier's day: shown at once from what the telephone keeps, read anew when there is a
   connection; words are kept first and sent after that. */
(() => {
  const { el, say, sum, kopecks, thousandths } = Courier;
  const $ = (name) => document.getElementById(name);
  const AGAIN = 30000;
  let day = null;
  let fresh = false;
  let why = "";
  let shown = "";
  let leaving = false;
  let storage = true;

  /* Light by day, dark at night, unless the courier has chosen. */
  const root = document.documentElement;
  const dress = () => {
    const hour = new Date().getHours();
    const night = matchMedia("(prefers-color-scheme: dark)").matches || hour >= 21 || hour < 6;
    root.dataset.theme = localStorage.getItem("theme") || (night ? "dark" : "light");
  };
  $("theme").addEventListener("click", () => {
    localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark");
    dress();
  });

  /* The company's clock, wherever the telephone thinks that it is. */
  const companyDay = () => new Date(Date.now() + day.offset * 60000).toISOString().slice(0, 10);
  const moment = (text) => Date.parse(`${text}:00Z`) - day.offset * 60000;

  /* What the telephone knows of each stop beyond what the hub does: the newest word. */
  const mine = (acts) => acts.filter((act) => day && act.person === day.person);
  const pending = (acts) =>
    new Map(mine(acts).filter((act) => act.state !== "refused").map((act) => [act.stop, act]));

  const tell = (acts) => {
    const refused = mine(acts).filter((act) => act.state === "refused").map((act) =>
      el("div", { class: "told" }, el("p", {}, el("b", {}, `${act.number_of} ${act.client}`)), el("p", {}, act.said || say("refused")),
        el("button", { type: "button", onclick: async () => { await Courier.drop(act.number); await draw(); } }, say("seen"))));
    const foreign = day ? acts.length - mine(acts).length : 0;
    if (foreign) refused.push(el("div", { class: "told" }, say("foreign", { count: foreign })));
    if (why === "signed_out") {
      refused.push(el("div", { class: "told" }, el("p", {}, say("sign_in")),
        el("a", { class: "button main", href: "/sign-in?next=/courier" }, say("sign_in_link"))));
    }
    if (!storage) refused.push(el("div", { class: "told" }, say("no_storage")));
    if (why === "forbidden") refused.push(el("div", { class: "told" }, say("forbidden")));
    $("told").replaceChildren(...refused);
  };

  const groups = (stops, acts, today) => {
    const open = stops.filter((stop) => stop.status === "planned" && !(acts.has(stop.id) && acts.get(stop.id).kind !== "move"));
    const over = stops.filter((stop) => !open.includes(stop));
    for (const stop of open) stop.late = stop.day < today;
    const now = open.filter((stop) => stop.day <= today);
    const next = open.filter((stop) => stop.day > today);
    const card = (stop) => Courier.card(stop, acts.get(stop.id), ask);
    const parts = now.map(card);
    if (!stops.length) parts.push(el("p", { class: "empty" }, say(day.employee ? "empty" : "no_employee")));
    if (next.length) {
      parts.push(el("details", { class: "next", open: !now.length },
        el("summary", {}, `${say("tomorrow")}: ${next.length}`), ...next.map(card)));
    }
    if (over.length) parts.push(el("h2", {}, say("settled")), ...over.map((stop) => Courier.brief(stop, acts.get(stop.id))));
    $("left").textContent = now.length + over.length ? say("to_go", { left: now.length, all: now.length + over.length }) : "";
    return parts;
  };

  const draw = async () => {
    const acts = await Courier.acts();
    const unsent = mine(acts).filter((act) => act.state === "waiting").length;
    const said = day ? say(fresh ? "online" : "offline", { at: day.at }) : say(why === "away" ? "first" : "loading");
    $("state").textContent = unsent ? `${said}. ${say("unsent", { count: unsent })}` : said;
    $("state").classList.toggle("away", !fresh || unsent > 0);
    tell(acts);
    if (!day) return;
    const today = fresh ? day.day : companyDay();
    const now = JSON.stringify([day.stops, acts, today]);
    if (now === shown) return;
    shown = now;
    const known = pending(acts);
    $("stops").replaceChildren(...groups(day.stops, known, today));
    $("totals").replaceChildren(...Courier.totals(day.stops, known, today));
    $("totals").hidden = false;
  };

  const fetched = async () => {
    const found = await Courier.fetchDay();
    why = found.why || "";
    fresh = Boolean(found.day);
    if (!found.day || leaving) return;
    day = found.day;
    await Courier.heed(day);
    if (!leaving) await Courier.keepDay(day).catch(() => {});
  };

  /* Reads, sends, and reads again until the hub has carried out what was sent. */
  let busy = null;
  const talk = async () => {
    for (const wait of [0, 300, 700, 1500, 3000, 6000]) {
      await new Promise((go) => setTimeout(go, wait));
      await fetched();
      await draw();
      const stopped = fresh ? await Courier.send(day) : "away";
      if (stopped === "signed_out") why = stopped;
      fresh = fresh && stopped !== "away";
      await draw();
      const left = mine(await Courier.acts()).some((act) => act.state !== "refused");
      if (!fresh || !left || stopped === "signed_out") return;
    }
  };
  let again = false;
  const catchUp = () => {
    again = Boolean(busy);
    busy ??= talk().finally(() => { busy = null; if (again) catchUp(); });
  };

  /* Forms. A word is in the telephone before the form goes away. */
  const keep = async (kind, stop, more) => {
    const about = { kind, stop: stop.id, seen: stop.seen, person: day.person };
    await Courier.add({ ...about, number_of: stop.number, client: stop.client, ...more });
    await draw();
    catchUp();
  };

  const counter = (name, from, most, change) => {
    const box = el("input", { inputmode: "decimal", value: from, "aria-label": name });
    const step = (by) => () => {
      box.value = String(Math.min(most, Math.max(0, (Number(box.value) || 0) + by)));
      change();
    };
    box.addEventListener("input", change);
    const row = el("div", { class: "count" }, el("span", {}, name),
      el("button", { type: "button", "aria-label": say("less", { name }), onclick: step(-1) }, "−"), box,
      el("button", { type: "button", "aria-label": say("more", { name }), onclick: step(1) }, "+"));
    return { row, box };
  };
  const counted = (box) => {
    const text = box.value.replace(",", ".").trim();
    return /^\d{1,6}(\.\d{1,3})?$/.test(text) ? text : null;
  };

  const half = (product, by) => Math.floor((2 * product + by) / (2 * by));

  /* What is due for what was handed over and taken back, as the hub will count it: a deposit goes
     back at the average of all tare that the client has by then. */
  const dueFor = (stop, handed, back) => {
    if (stop.company) return 0;
    const given = stop.items.map((item, at) => {
      const count = thousandths(counted(handed[at].box) ?? 0);
      return { product: item.product, tare: item.tare, count, sum: half(kopecks(item.price) * count, 1000) };
    });
    const goods = given.reduce((all, one) => all + one.sum, 0);
    return stop.tare.reduce((all, one, at) => {
      const added = given.filter((item) => item.tare && item.product === one.product);
      const count = added.reduce((kept, item) => kept + item.count, thousandths(one.quantity));
      const deposit = added.reduce((kept, item) => kept + item.sum, kopecks(one.deposit));
      return all - half(deposit * thousandths(counted(back[at].box) ?? 0), count);
    }, goods);
  };

  const doneForm = (stop) => {
    let typed = false;
    const change = () => {
      const due = dueFor(stop, handed, back);
      dueLine.textContent = say("due_now", { sum: sum(due) });
      if (!typed) cash.value = Courier.plain(Math.max(0, due)).replace(".", ",");
      const given = kopecks(cash.value);
      const over = given != null && given > Math.max(0, due);
      hint.textContent = over ? say("over") : given != null && given < due ? say("under", { sum: sum(due - given) }) : "";
      note.required = over;
    };
    const handed = stop.items.map((item) => counter(item.name, item.quantity, 9999, change));
    const back = stop.tare.map((one) => counter(one.name, "0", Number(one.quantity), change));
    const cash = el("input", { inputmode: "decimal", name: "cash", autocomplete: "off" });
    cash.addEventListener("input", () => { typed = true; change(); });
    const note = el("textarea", { name: "note", rows: "2", maxlength: "500" });
    const dueLine = el("p", { class: "due" });
    const hint = el("p", { class: "warn", role: "status" });
    const body = [
      el("fieldset", {}, el("legend", {}, say("handed")), ...handed.map((one) => one.row)),
      stop.tare.length ? el("fieldset", {}, el("legend", {}, say("returned")), ...back.map((one) => one.row)) : null,
      dueLine, el("label", { class: "field" }, el("span", {}, say("cash")), cash), hint,
      el("label", { class: "field" }, el("span", {}, say("note")), note)];
    change();
    const read = () => {
      const wrong = [...handed, ...back].find((one) => counted(one.box) == null);
      if (wrong) return { wrong: wrong.box };
      if (kopecks(cash.value) == null) return { wrong: cash, said: say("wrong_sum") };
      if (note.required && !note.value.trim()) return { wrong: note, said: say("over") };
      const pairs = (of, boxes) => Object.fromEntries(of.map((one, at) => [one.product, counted(boxes[at].box)]));
      const taken = Object.entries(pairs(stop.tare, back)).filter(([, count]) => Number(count));
      return { cash: Courier.plain(kopecks(cash.value)), delivered: pairs(stop.items, handed),
        returned: Object.fromEntries(taken), note: note.value.trim() };
    };
    return { body, read };
  };

  const choices = (names) => el("fieldset", {}, el("legend", {}, say("why")), ...names.map(([code, word]) =>
    el("label", { class: "choice" }, el("input", { type: "radio", name: "reason", value: code }), say(word))));
  const chosen = (fields) => fields.querySelector(":checked")?.value;
  const WHY = [["client_absent", "client_absent"], ["client_asked", "client_asked"], ["courier_late", "courier_late"]];

  const failedForm = () => {
    const fields = choices([...WHY, ["refused", "refused_by_client"], ["other", "other"]]);
    const note = el("textarea", { name: "note", rows: "2", maxlength: "500" });
    return { body: [fields, el("label", { class: "field" }, el("span", {}, say("note")), note)],
      read: () => chosen(fields) ? { reason: chosen(fields), note: note.value.trim() }
        : { wrong: fields.querySelector("input"), said: say("no_reason") } };
  };

  const moveForm = (stop) => {
    const fields = choices([...WHY, ["other", "other"]]);
    const to = el("input", { type: "datetime-local", name: "to", value: `${stop.day}T${stop.from}` });
    return { body: [el("label", { class: "field" }, el("span", {}, say("when")), to), fields],
      read: () => {
        if (!to.value || !(moment(to.value) > Date.now())) return { wrong: to, said: say("no_time") };
        if (!chosen(fields)) return { wrong: fields.querySelector("input"), said: say("no_reason") };
        return { reason: chosen(fields), to: to.value };
      } };
  };

  const ask = (kind, stop) => {
    const form = { done: doneForm, failed: failedForm, move: moveForm }[kind](stop);
    const trouble = el("p", { class: "bad", role: "alert" });
    const dialog = el("dialog", { "aria-label": `${say(kind)}: ${stop.client}` });
    const write = async () => {
      const read = form.read();
      if (read.wrong) { trouble.textContent = read.said || say("wrong_sum"); read.wrong.focus(); return; }
      save.disabled = true;
      try {
        await keep(kind, stop, read);
        dialog.close();
      } catch {
        trouble.textContent = say("no_storage");
        save.disabled = false;
      }
    };
    const save = el("button", { type: "button", class: "main", onclick: write }, say("write"));
    dialog.append(el("h3", {}, `${say(kind)}: ${stop.client}`), ...form.body.filter(Boolean), trouble,
      el("div", { class: "deeds" }, save, el("button", { type: "button", onclick: () => dialog.close() }, say("cancel"))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  /* The day is forgotten with the session; words that were not sent stay. */
  $("leave").addEventListener("submit", async (event) => {
    event.preventDefault();
    const unsent = mine(await Courier.acts()).filter((act) => act.state === "waiting").length;
    if (unsent && !confirm(say("still_unsent", { count: unsent }))) return;
    leaving = true;
    event.target.elements.csrf.value = day ? day.csrf : "";
    await Courier.forgetDay();
    event.target.submit();
  });

  const keepShell = async () => {
    if (!("serviceWorker" in navigator) || !window.caches) return;
    await navigator.serviceWorker.register("/courier-worker.js", { scope: "/courier" });
    const kept = await caches.open("courier");
    const shell = await fetch("/courier", { redirect: "manual", cache: "no-store" });
    if (!shell.ok) return;
    const page = new DOMParser().parseFromString(await shell.clone().text(), "text/html");
    const parts = [...page.querySelectorAll("link[href], script[src]")].map((one) => one.getAttribute("href") || one.getAttribute("src"));
    await kept.addAll(parts);
    await kept.put("/courier", shell);
    const wanted = new Set(["/courier", ...parts]);
    for (const old of await kept.keys()) if (!wanted.has(new URL(old.url).pathname)) await kept.delete(old);
  };

  const start = async () => {
    dress();
    day = await Courier.keptDay().catch(() => { storage = false; return null; }) || null;
    await draw();
    catchUp();
    keepShell().catch(() => {});
    navigator.storage?.persist?.();
    setInterval(catchUp, AGAIN);
    addEventListener("online", catchUp);
    addEventListener("offline", () => { fresh = false; draw(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) catchUp(); });
  };
  start();
})();
