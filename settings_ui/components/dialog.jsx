import { useEffect, useId, useRef } from "react";

/** A native modal dialog that state opens: focus goes in, Escape and the backdrop close, focus returns. */
export function Dialog({ open, title, onClose, children }) {
  const dialog = useRef(null);
  const heading = useId();
  useEffect(() => {
    if (open && !dialog.current.open) dialog.current.showModal();
    if (!open && dialog.current.open) dialog.current.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={heading}
      onCancel={(e) => { e.preventDefault(); onClose(); }}
      onClick={(e) => { if (e.target === dialog.current && e.detail) onClose(); }}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
