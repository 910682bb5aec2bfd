import { useEffect, useId, useRef } from "react";

const FIELD = "form :is(input, select, textarea):not([type=hidden], [type=file])";

/** A native modal dialog that state opens: focus goes in, Escape and the backdrop close, focus returns, or goes to the
 * card that it came from if what had it is gone.
 * A locked one closes by its own button alone. What is in it is on the page only while it is open, unless it `keeps` it. */
export function Dialog({ open, title, locked, keeps, onClose, children }) {
  const dialog = useRef(null);
  const card = useRef(null);
  const heading = useId();
  useEffect(() => {
    if (open && !dialog.current.open) {
      card.current = document.activeElement.closest("section") ?? card.current;
      dialog.current.showModal();
      // Otherwise a focusable form would get the focus.
      (dialog.current.querySelector("[data-first]") ?? dialog.current.querySelector(FIELD))?.focus();
    }
    if (!open && dialog.current.open) {
      dialog.current.close();
      if (document.activeElement !== document.body || !card.current?.isConnected) return;
      card.current.tabIndex = -1;
      card.current.focus();
    }
  }, [open]);
  const pressed = useRef(false); // on the backdrop: text that is selected by dragging may be let go there
  const beyond = ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.current.getBoundingClientRect();
    return target === dialog.current && (x < left || x > right || y < top || y > bottom);
  };
  const ask = () => { if (!locked) onClose(); };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={heading} closedby={locked ? "none" : "closerequest"}
      data-locked={locked ? "" : undefined}
      onKeyDown={(e) => { if (locked && e.key === "Escape") e.preventDefault(); }}
      onCancel={(e) => { if (e.target === dialog.current) { e.preventDefault(); ask(); } }}
      onClose={(e) => { if (e.target === dialog.current && locked && open) dialog.current.showModal(); }}
      onPointerDown={(e) => { pressed.current = beyond(e); }}
      onClick={(e) => { if (pressed.current && beyond(e)) ask(); }}>
      {(open || keeps) && <><h2 id={heading}>{title}</h2>{children}</>}
    </dialog>
  );
}
