// Added by settings_ui/front_end: the vars that differ from the defaults, {state: {var: value}}, if this page was drawn
// with them. In the browser the page carries them in an element, which goes before React looks for its own.
const element = typeof document === "undefined" ? null : document.getElementById("carried");
const carried = element && JSON.parse(element.textContent);
element?.remove();
let given = null;
let complete = initialState;
const begun = () => {
  const now = carried ?? globalThis.carriedState ?? null;
  if (now !== given) {
    given = now;
    complete = Object.fromEntries(Object.entries(initialState).map(([name, vars]) => [name, { ...vars, ...now?.[name] }]));
  }
  return complete;
};
const unanswered = new Set(Object.keys(carried ?? {}));
/** What an answer is added to: the first one leaves out what is as the defaults, whatever the page carried. */
const answered = (name, now) => (unanswered.delete(name) ? initialState[name] : now);
// The end of what was added

