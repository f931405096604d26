"use strict";
/* What the courier has said, kept in the telephone until the hub has it. Each word has its own key,
   made when the button is pressed; the hub heeds a key once, however often it comes. */
const Courier = {};
(() => {
  const NAME = "provodka-courier";

  const opened = new Promise((keep, fail) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      const acts = asked.result.createObjectStore("acts", { keyPath: "number", autoIncrement: true });
      acts.createIndex("id", "id", { unique: true });
      asked.result.createObjectStore("kept");
    };
    asked.onsuccess = () => keep(asked.result);
    asked.onerror = () => fail(asked.error);
  });

  /* Resolves when the transaction is complete: what it wrote outlives the page. */
  const inStore = async (store, mode, work) => {
    const base = await opened;
    return new Promise((keep, fail) => {
      const transaction = base.transaction(store, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(store));
      transaction.oncomplete = () => keep(asked && asked.result);
      transaction.onabort = transaction.onerror = () => fail(transaction.error);
    });
  };

  const newKey = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };

  /* A telephone that keeps nothing has nothing to send; whoever adds a word there is told. */
  Courier.acts = () => inStore("acts", "readonly", (store) => store.getAll()).catch(() => []);
  Courier.add = (act) =>
    inStore("acts", "readwrite", (store) =>
      store.add({ ...act, id: newKey(), pressed: Date.now(), state: "waiting" }));
  Courier.put = (act) => inStore("acts", "readwrite", (store) => store.put(act));
  Courier.drop = (number) => inStore("acts", "readwrite", (store) => store.delete(number));
  Courier.keepDay = (day) => inStore("kept", "readwrite", (store) => store.put(day, "day"));
  Courier.keptDay = () => inStore("kept", "readonly", (store) => store.get("day"));
  Courier.forgetDay = () => inStore("kept", "readwrite", (store) => store.delete("day"));

  /* The day from the hub: {day}, or why there is none: "away", "signed_out", "forbidden". */
  Courier.fetchDay = async () => {
    let answer;
    try {
      answer = await fetch("/courier/day", { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(20000) });
    } catch {
      return { why: "away" };
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) return { why: "signed_out" };
    if (answer.status === 403) return { why: "forbidden" };
    if (!answer.ok) return { why: "away" };
    try {
      return { day: await answer.json() };
    } catch {
      return { why: "away" };
    }
  };

  const post = async (act, csrf) => {
    const { number, state, said, number_of, client, pressed, ...sent } = act;
    const body = JSON.stringify({ ...sent, pressed, sent: Date.now() });
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
    const asked = { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(20000) };
    return fetch("/courier/acts", asked);
  };

  /* Sends what waits, oldest first, one after the other; one that cannot be sent holds the rest.
     Returns why it stopped: "" when nothing is left. */
  const send = async (day) => {
    for (const act of await Courier.acts()) {
      if (act.state !== "waiting" || act.person !== day.person) continue;
      let answer;
      try {
        answer = await post(act, day.csrf);
      } catch {
        return "away";
      }
      if (answer.type === "opaqueredirect" || answer.status === 401) return "signed_out";
      if (answer.status === 403) return "stale";
      if (answer.status !== 200 && answer.status !== 422) return "away";
      const told = await answer.json().catch(() => null);
      if (!told) return "away";
      await Courier.put({ ...act, state: told.state === "new" ? "sent" : told.state, said: told.said });
    }
    return "";
  };

  /* One page at a time sends, however many are open. */
  Courier.send = (day) =>
    navigator.locks ? navigator.locks.request(NAME, () => send(day)) : send(day);

  /* What the hub says of the words that it has: the carried out ones need not be kept any more. One
     that was sent and that the hub does not remember is sent again: its key makes that harmless. */
  Courier.heed = async (day) => {
    const known = new Map(day.acts.map((one) => [one.id, one]));
    for (const act of await Courier.acts()) {
      const told = known.get(act.id);
      if (act.person !== day.person || act.state === "refused") continue;
      if (told?.state === "done") await Courier.drop(act.number);
      else if (told) await Courier.put({ ...act, state: told.state === "new" ? "sent" : told.state, said: told.said });
      else if (act.state !== "waiting") await Courier.put({ ...act, state: "waiting" });
    }
  };
})();
