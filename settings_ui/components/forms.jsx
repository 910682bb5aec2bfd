import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useBlocker, useLocation, useNavigationType } from "react-router";

const SAVED_MS = 2000;
const GIVE_UP_MS = 15000;
const GIVE_UP_IN_AN_OUTAGE_MS = 2000;
const EVERY_MS = 40;

const chosenFirst = (select) => Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
const isEdited = (e) =>
  e.type === "checkbox" || e.type === "radio" ? e.checked !== e.defaultChecked
    : e.type === "select-one" ? e.selectedIndex !== chosenFirst(e)
    : "defaultValue" in e && e.type !== "submit" && e.value !== e.defaultValue;
export const isDirty = (form) => [...form.elements].some(isEdited) || form.querySelector(".files li") !== null;
export const SHOWN = ":not([data-open=false] *)"; // not in a tab that is only near
const drafts = () => [...document.querySelectorAll(`form[data-draft]${SHOWN}`)];
export const unsaved = () => drafts().some(isDirty) || document.querySelector(`dialog[data-locked][open]${SHOWN}`);
const mark = () => drafts().forEach((form) => {
  if (form.dataset.kept && !begun.has(form)) bring(form);
  form.toggleAttribute("data-dirty", isDirty(form));
  if (form.dataset.kept) keep(form);
});

const KEPT = "kept:"; // files.jsx keeps beside it which files go along
const begun = new WeakSet();
const kept = () => Object.keys(sessionStorage).filter((key) => key.startsWith(KEPT));
const forget = (keys) => keys.forEach((key) => sessionStorage.removeItem(key));
const withoutKeys = (text) => text.replace(/(cs_key_\w{4})\w{20,60}(\w{4})/g, "$1…$2");

/** What is typed into a form[data-kept] outlives a reload of this window. The attribute says whose it is, then what;
 * what somebody else has typed in this window is forgotten. */
const keep = (form) => {
  const edited = [...form.elements].filter((e) => e.name && isEdited(e)).map((e) => [e.name, withoutKeys(e.value)]);
  const key = KEPT + form.dataset.kept;
  if (!edited.length) return forget([key]);
  if (form.elements.draft) edited.push(["draft", form.elements.draft.value]);
  sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(edited)));
};
/** The draft in a form is told by its id, so that it does once what it asks, however often it is sent. */
const beginDraft = (form) => {
  if (form.elements?.draft) form.elements.draft.value = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
};
const bring = (form) => {
  begun.add(form);
  beginDraft(form);
  const [whose] = form.dataset.kept.split(":");
  forget(kept().filter((key) => !key.startsWith(`${KEPT}${whose}:`)));
  const typed = JSON.parse(sessionStorage.getItem(KEPT + form.dataset.kept) ?? "{}");
  Object.entries(typed).forEach(([name, value]) => { if (form.elements[name]) form.elements[name].value = value; });
};

const outage = () => document.querySelector("[data-outage]");

const idle = (form) => {
  clearTimeout(form.givingUp);
  form.removeAttribute("data-busy");
};

const holds = (e) => (e.type === "checkbox" || e.type === "radio" ? "checked" : "value");
const isTyped = (e) => e.matches("input:not([type=hidden], [type=file]), textarea, select");
/** What people have put into each field of a form, so far. */
const valuesOf = (form) => new Map([...(form.elements ?? [])].filter(isTyped).map((e) => [e, e[holds(e)]]));

const work = (form) => {
  form.toggleAttribute("data-busy", true);
  form.dataset.sent = "";
  form.sentValues = valuesOf(form);
  form.givingUp = setTimeout(() => idle(form), outage() ? GIVE_UP_IN_AN_OUTAGE_MS : GIVE_UP_MS);
};

/** The server has answered: saved values become the form's defaults, a refused field gets the focus. What was edited
 * since it was sent stays as it is, but for files. */
const settle = (form) => {
  idle(form);
  if (!form.matches("form")) return;
  const sent = form.sentValues;
  delete form.sentValues; // there may be a password among them
  if (form.querySelector("[data-spent]")) beginDraft(form); // an earlier version was sent, and this one is another
  const wrong = form.querySelector('[aria-invalid="true"]');
  if (wrong || form.querySelector("[data-refused]")) {
    delete form.dataset.sent;
    return (wrong ?? form).focus();
  }
  const since = [...valuesOf(form)].filter(([e, value]) => sent?.has(e) && sent.get(e) !== value);
  form.reset();
  since.forEach(([e, value]) => { e[holds(e)] = value; });
  form.toggleAttribute("data-saved", true);
  setTimeout(() => form.removeAttribute("data-saved"), SAVED_MS);
};

/** What is saved, or asked for, has changed elsewhere: a field that was not edited shows it, an edited one keeps the
 * edit. (A browser would keep the old text in both, since React has set it once.) */
const follow = ({ target, oldValue }) => {
  const was = oldValue ?? "";
  if (target.defaultValue === was) return; // a hidden field's value is its default: setting it again would never end
  if (target.form?.matches("[data-draft], [data-follows]") && target.value === was) target.value = target.defaultValue;
};

/** Once a page: marks forms[data-draft] that differ from what is saved, lets each form and each button[data-answered]
 * be sent once at a time, and asks before unsaved ones are left, also by a button[data-leaves]. */
export function FormKeeper({ title, text, stay, leave }) {
  const dialog = useRef(null);
  const held = useRef(null); // a button that leads away, held until the question is answered
  const blocker = useBlocker(({ currentLocation: a, nextLocation: b, historyAction }) =>
    unsaved() && a.pathname + a.search !== b.pathname + b.search && !(b.state?.asked && historyAction !== "POP"));

  useEffect(() => {
    const later = ({ target }) => setTimeout(() => { beginDraft(target); mark(); });
    const once = (event) => {
      const form = event.target;
      if (form.matches('[action="/auth/sign-out"]')) forget(kept());
      if (!form.matches("form[data-answered]")) return;
      if (form.hasAttribute("data-busy")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      work(form);
    };
    const press = (event) => {
      const button = event.target.closest("button[data-answered]");
      if (!button) return;
      button.hasAttribute("data-busy") ? event.stopImmediatePropagation() : work(button);
    };
    const hold = (event) => {
      const button = event.target.closest("[data-leaves]");
      if (!button || !unsaved()) return;
      event.stopImmediatePropagation();
      held.current = button;
      dialog.current.showModal();
    };
    const closing = (event) => {
      if (!unsaved()) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // Reflex closes its socket here, even if the user then stays
    };
    const seen = new MutationObserver((changes) => {
      const loaded = changes.some((c) => c.attributeName === "data-load");
      const said = changes.flatMap((c) => [...c.addedNodes, ...c.removedNodes]).some((n) => n.matches?.("[data-outage]"));
      if (said || loaded) document.querySelectorAll(":is(form, button)[data-busy]").forEach(idle); // submitted forms will get no answer
      changes.filter((c) => c.attributeName === "value").forEach(follow);
      // A server that has restarted counts its answers from the beginning: that is not an answer.
      if (!loaded) changes.filter((c) => c.attributeName === "data-answered").forEach((c) => settle(c.target));
      mark();
    });
    const attributeFilter = ["value", "data-answered", "data-tried", "data-load", "data-open"];
    seen.observe(document.body, { subtree: true, childList: true, attributeFilter, attributeOldValue: true });
    document.addEventListener("submit", once, { capture: true });
    document.addEventListener("click", hold, { capture: true });
    document.addEventListener("click", press, { capture: true });
    document.addEventListener("input", mark);
    document.addEventListener("reset", later);
    addEventListener("beforeunload", closing, { capture: true });
    mark();
    return () => {
      seen.disconnect();
      document.removeEventListener("submit", once, { capture: true });
      document.removeEventListener("click", hold, { capture: true });
      document.removeEventListener("click", press, { capture: true });
      document.removeEventListener("input", mark);
      document.removeEventListener("reset", later);
      removeEventListener("beforeunload", closing, { capture: true });
    };
  }, []);

  useEffect(() => {
    if (blocker.state === "blocked" && !dialog.current.open) dialog.current.showModal();
  }, [blocker.state]);

  const done = (go) => {
    const button = held.current;
    held.current = null;
    dialog.current.close();
    if (go) drafts().forEach((form) => form.reset());
    if (button) return go && button.click();
    go ? blocker.proceed() : blocker.reset();
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="leave-title" onCancel={(e) => { e.preventDefault(); done(false); }}>
      <h2 id="leave-title">{title}</h2>
      <p>{text}</p>
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={() => done(false)}>{stay}</button>
        <button type="button" className="btn danger sure" onClick={() => done(true)}>{leave}</button>
      </div>
    </dialog>
  );
}

/** A select in a form. A new saved `value` is what the form resets to, and shown unless another was chosen. (React sets
 * what is selected at first only once.) */
export function Select({ ref, value, children, ...rest }) {
  useLayoutEffect(() => {
    const { current: field } = ref;
    const chosen = isEdited(field) && field.selectedIndex;
    for (const option of field.options) option.defaultSelected = option.value === value;
    field.selectedIndex = chosen === false ? chosenFirst(field) : chosen;
  }, [value]);
  return <select {...rest} ref={ref} defaultValue={value}>{children}</select>;
}

/** A checkbox that acts immediately: shows the clicked value until the server answers, then the saved one. */
export function Check({ checked, answered, disabled, describedBy, onToggle }) {
  const box = useRef(null);
  useEffect(() => { box.current.checked = checked; }, [checked, answered]);
  return <input ref={box} type="checkbox" defaultChecked={checked} disabled={disabled} aria-describedby={describedBy}
    onChange={(event) => onToggle(event.target.checked)} />;
}

/** A search as one types. After a load, the window's state may have lost it, as by a restart: then it is asked for again. */
export function ListSearch({ value, label, placeholder, load, onFind }) {
  const box = useRef(null);
  useEffect(() => { if (load && box.current.value !== value) onFind(box.current.value); }, [load]);
  return <input ref={box} type="search" className="input" aria-label={label} placeholder={placeholder} defaultValue={value}
    onChange={({ target }) => onFind(target.value)} />;
}

/** A range input that tells where it is while it moves, at most every EVERY_MS, and always where it was let go. */
export function Slider({ ref, id, name, label, min, max, value, onMove }) {
  const waits = useRef(false);
  const at = useRef(value);
  const tell = () => {
    const told = at.current;
    waits.current = true;
    setTimeout(() => { waits.current = false; if (at.current !== told) tell(); }, EVERY_MS);
    onMove(told);
  };
  const move = ({ target }) => {
    at.current = Number(target.value);
    if (!waits.current) tell();
  };
  return <input ref={ref} id={id} name={name} type="range" min={min} max={max} defaultValue={value} onChange={move}
    className="slider" aria-label={label} />;
}

/** A select that acts immediately: shows what was chosen until the server shows its value, or gives no answer.
 * Where `answered` counts its answers, one that leaves `value` as it was, a refusal, is seen too.
 * Back and Forward drop the choice: two answers that are drawn as one leave `value` as it was. */
export function Choice({ value, label, answered, disabled, describedBy, onChoose, children }) {
  const [shown, setShown] = useState(value);
  const giveUp = useRef(0);
  const { key } = useLocation();
  const back = useNavigationType() === "POP";
  useEffect(() => {
    setShown(value);
    return () => clearTimeout(giveUp.current);
  }, [value, answered]);
  useEffect(() => { if (back) setShown(value); }, [key]);
  const choose = ({ target }) => {
    clearTimeout(giveUp.current);
    giveUp.current = setTimeout(() => setShown(value), GIVE_UP_MS);
    setShown(target.value);
    onChoose(target.value);
  };
  return <select className="input chip" aria-label={label} aria-describedby={describedBy} disabled={disabled}
    value={shown} onChange={choose}>{children}</select>;
}
