"use strict";
/* Keeps the courier's page for when there is no connection: the shell and what it is made of,
   nobody's data. The page itself puts them into the cache; here they are taken out of it. */
const KEPT = "courier";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname === "/courier" && event.request.mode === "navigate") {
    event.respondWith(shell(event.request));
  } else if (address.pathname.startsWith("/assets/")) {
    event.respondWith(asset(event.request));
  }
});

/* The shell that was kept, at once: on a poor connection nobody waits. A newer one is fetched by
   the page behind its back. */
const shell = async (request) => {
  const kept = await (await caches.open(KEPT)).match("/courier");
  return kept || fetch(request);
};

const asset = async (request) => {
  const kept = await (await caches.open(KEPT)).match(request);
  return kept || fetch(request);
};
