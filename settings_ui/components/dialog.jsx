import { useEffect, useId, useReducer, useRef } from "react";
import { isDirty } from "./forms.jsx";

const ANSWERED_WITHIN_MS = 500;
const REOPENED_WITHIN_MS = 5000;

const FIELD = "form :is(input, select, textarea):not([type=hidden], [type=file])";

/** A native modal dialog that state opens: focus goes in, Escape and the backdrop close, focus returns, or goes to the
 * card that it came from if what had it is gone.
 * A locked one closes by its own button alone. What is in it is on the page only while it is open, unless it `keeps` it.
 *
 * `load` changes whenever the window connects. If the server has restarted since it opened the dialog, it does not know
 * of it: onForgotten asks it to open the dialog again, `about` the same, which stays until then, with what was typed. If
 * the page was loaded again, it is the page that has forgotten what was in the dialog: onReloaded. */
export function Dialog({ open, title, locked, keeps, load, about, onClose, onForgotten, onReloaded, children }) {
  const dialog = useRef(null);
  const card = useRef(null);
  const heading = useId();
  const [, draw] = useReducer((n) => n + 1, 0);
  const opened = useRef(null); // when it was last drawn and open: in which load, and about what
  const lastLoad = useRef(null);
  const forgotten = Boolean(onForgotten && !open && opened.current && opened.current.load !== load);
  const shown = open || forgotten;
  const forget = () => { opened.current = null; draw(); };
  useEffect(() => {
    if (open && !opened.current && lastLoad.current !== load) onReloaded?.();
    if (!forgotten) opened.current = open ? { load, about } : null;
    lastLoad.current = load;
  }, [open, load, about]);
  useEffect(() => {
    if (!forgotten) return;
    // What was sent while the server was away is answered first: then the form has no more to be kept for.
    const first = setTimeout(() => {
      const form = dialog.current.querySelector("form");
      if (form && "sent" in form.dataset && !isDirty(form)) forget();
      else onForgotten(opened.current.about);
    }, ANSWERED_WITHIN_MS);
    const timer = setTimeout(forget, REOPENED_WITHIN_MS);
    return () => { clearTimeout(first); clearTimeout(timer); };
  }, [forgotten, load]);
  useEffect(() => {
    if (shown && !dialog.current.open) {
      card.current = document.activeElement.closest("section") ?? card.current;
      dialog.current.showModal();
      // Otherwise a focusable form would get the focus.
      (dialog.current.querySelector("[data-first]") ?? dialog.current.querySelector(FIELD))?.focus();
    }
    if (!shown && dialog.current.open) {
      dialog.current.close();
      if (document.activeElement !== document.body || !card.current?.isConnected) return;
      card.current.tabIndex = -1;
      card.current.focus();
    }
  }, [shown]);
  const pressed = useRef(false); // on the backdrop: text that is selected by dragging may be let go there
  const beyond = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.current.getBoundingClientRect();
    return target === dialog.current && (x < left || x > right || y < top || y > bottom);
  };
  const ask = () => {
    if (locked) return;
    if (forgotten) forget();
    onClose();
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={heading} closedby={locked ? "none" : "closerequest"}
      data-locked={locked ? "" : undefined}
      onKeyDown={(e) => { if (locked && e.key === "Escape") e.preventDefault(); }}
      onCancel={(e) => { if (e.target === dialog.current) { e.preventDefault(); ask(); } }}
      onClose={(e) => { if (e.target === dialog.current && locked && shown) dialog.current.showModal(); }}
      onPointerDown={(e) => { pressed.current = beyond(e); }}
      onClick={(e) => { if (pressed.current && beyond(e)) ask(); }}>
      {(shown || keeps) && <><h2 id={heading}>{title}</h2>{children}</>}
    </dialog>
  );
}
