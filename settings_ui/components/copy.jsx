import { useState } from "react";

const SAID_MS = 2500;

/** Copies the text of an element; `what` it is distinguishes several buttons by their names. Says "Copied" only on success; otherwise selects the text for manual copying. */
export function CopyButton({ target, what, className }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const element = document.getElementById(target);
    const text = element.value ?? element.textContent;
    if (!text) return setSaid("Nothing to copy");
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
      setTimeout(() => setSaid(""), SAID_MS);
    } catch {
      if (element.select) element.select();
      else getSelection().selectAllChildren(element);
      setSaid("Press Ctrl+C or Cmd+C to copy");
    }
  };
  const label = said === "Copied" ? "Copied" : "Copy";
  return (
    <>
      <span className="hint" role="status">{said !== "Copied" && said}</span>
      <button type="button" className={className} aria-label={what && `${label} ${what}`} onClick={copy}>{label}</button>
    </>
  );
}
