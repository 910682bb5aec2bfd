// Runs while the page is read, after the content that was drawn for it. Puts the content in the place of what was built,
// and keeps what is clicked and typed until the page can act on it. The page's scripts wait for `filling`.
{
  const { currentScript: script, body } = document;
  const [filled, carried] = ["filled", "carried"].map((id) => document.getElementById(id));
  const [{ type }] = performance.getEntriesByType("navigation");
  const { home } = carried.dataset;
  // A reload or Back may be of a window with a search, a filter or a business of its own, which only its own state has:
  // it stays as it was built until that arrives.
  if ((type === "navigate" || type === "prerender") && (sessionStorage.getItem("home") ?? home) === home) {
    globalThis.filling = firstFrame().then(fill);
  } else {
    carried.remove();
    filled.remove();
  }
  script.remove();

  /** Until what was built is drawn: with the content, the first frame would take twice as long. */
  async function firstFrame() {
    const LATEST_MS = 100; // a window that is covered draws none
    if (document.hidden || performance.getEntriesByType("paint").length) return;
    await new Promise((done) => {
      requestAnimationFrame(() => setTimeout(done));
      setTimeout(done, LATEST_MS);
    });
  }

  function fill() {
    while (body.firstChild !== filled) body.firstChild.remove();
    filled.before(filled.content);
    filled.remove();
    keepUntilAnswered();
  }

  function keepUntilAnswered() {
    const PATIENCE_MS = 3000;
    const kept = new Map(); // element -> how to do again what was done with it
    let leaving; // for a link, if the page's scripts do not come
    const hold = (event, element, again) => {
      clearTimeout(leaving); // not away from what is done next
      event.stopImmediatePropagation(); // React may listen already
      kept.set(element, again);
    };
    const click = (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const on = event.target.closest("a[href], button, input");
      if (!on || on.matches("[popovertarget], [download], [target], a[href^='#'], form[action] *")) return;
      if (on.matches("[type=checkbox], [type=radio]")) {
        const { checked } = on; // already as clicked
        return hold(event, on, () => { on.checked = !checked; on.click(); });
      }
      if (on.matches("input")) return;
      event.preventDefault();
      hold(event, on, () => on.click());
      if (on.matches("a")) leaving = setTimeout(() => location.assign(on.href), PATIENCE_MS);
    };
    const submit = (event) => {
      const form = event.target;
      if (form.hasAttribute("action")) return;
      event.preventDefault();
      hold(event, form, () => form.requestSubmit());
    };
    const change = (event) => {
      const field = event.target;
      if (field.matches("[type=checkbox], [type=radio]")) return;
      const { value } = field;
      hold(event, field, () => {
        if (field.type !== "file" && field.value !== value) field.value = value;
        field._valueTracker?.setValue(""); // or React would take it for what was there when it came
        for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
      });
    };
    const listeners = { click, submit, input: change, change };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener, true);
    const answered = new MutationObserver(() => {
      if (!document.querySelector("main:not([data-load='']), [data-outage]")) return;
      answered.disconnect();
      clearTimeout(leaving);
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener, true);
      for (const [element, again] of kept) if (element.isConnected) again();
    });
    answered.observe(body, { subtree: true, childList: true, attributeFilter: ["data-load"] });
  }
}
