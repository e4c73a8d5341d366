// What was loaded before the service worker came is asked for once more, so that it keeps that as well: for a visit
// without a network. What comes later passes through it anyway.
performance.setResourceTimingBufferSize(5000);
navigator.serviceWorker?.addEventListener("controllerchange", async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const ours = [location.href, ...loaded].filter((url) => url.startsWith(location.origin));
  for (const url of new Set(ours)) await fetch(url.split("#")[0], { priority: "low" }).catch(() => {});
});
