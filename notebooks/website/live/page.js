// JupyterLite notes only at the second load whose version the service worker is, and until then takes it for an old one: it
// would be thrown away while the page starts, and of some dozens of such loads one or two came without their notebook.
navigator.serviceWorker?.addEventListener("controllerchange", () => {
  const { appVersion } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  localStorage.setItem(`${navigator.serviceWorker.controller.scriptURL}-version`, appVersion);
});

// What was loaded before the service worker came is asked for once more, so that it keeps that as well: for a visit
// without a network. What comes later passes through it anyway.
performance.setResourceTimingBufferSize(5000);
const { href } = location; // which JupyterLab changes
navigator.serviceWorker?.addEventListener("controllerchange", async () => {
  const started = performance.now(); // not before the kernel has had nothing to do for three seconds
  for (let idle = 0; idle < 3 && performance.now() - started < 60_000; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const status = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status;
    idle = status === "idle" ? idle + 1 : 0;
  }
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const ours = [href, ...loaded].filter((url) => url.startsWith(location.origin));
  for (const url of new Set(ours)) await fetch(url.split("#")[0], { priority: "low" }).catch(() => {});
});

// On a phone the list of files would leave a chapter the width of a word: once the chapter is there, which opens the
// list beside it, the list is folded away, as the View menu does it.
if (matchMedia("(max-width: 700px)").matches) {
  const waiting = setInterval(async () => {
    const context = window.jupyterapp?.shell.currentWidget?.context;
    if (!context) return;
    clearInterval(waiting);
    await Promise.all([window.jupyterapp.restored, context.ready]);
    setTimeout(() => window.jupyterapp.shell.collapseLeft(), 1000);
  }, 100);
}

// A finger's tap opens JupyterLab 4.6's menus and then chooses nothing (jupyterlab/jupyterlab#19124; put right in
// jupyterlab/lumino#834, which this JupyterLab does not have yet): the entry is given what a mouse would send.
document.addEventListener(
  "click",
  ({ target, pointerType, clientX, clientY }) => {
    const entry = pointerType === "touch" && target.closest(".lm-Menu-item");
    for (const type of entry ? ["pointermove", "pointerup"] : [])
      entry.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, clientY, pointerType: "mouse" }));
  },
  true,
);
