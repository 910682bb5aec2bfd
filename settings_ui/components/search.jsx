import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { SHOWN } from "./forms.jsx";

const MOST = 8;
const MOST_ANSWERS = 4;
const WAIT_MS = 4000;
const known = { entries: [], tabs: [], pages: [] }; // what the page's search offers
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

/** The most likely match comes first: a card or field whose own name starts with the words, cards before fields. */
const rank = ({ label, card }, wanted) => {
  const name = plain(label);
  const own = wanted.every((word) => name.includes(word));
  return (own && name.startsWith(wanted[0] ?? "") ? 0 : own ? 2 : 4) + (label === card ? 0 : 1);
};

/** Goes to an element as soon as it is on the page: scrolls to it and focuses it, or the first focusable element in its
 * card, or the card. If the field is not shown, because it is in a closed dialog, say, goes to its card. */
const land = ({ anchor, cardAnchor }) => {
  const find = (id) => document.querySelector(`[id="${id}"]${SHOWN}`);
  const there = () => {
    const card = find(cardAnchor);
    if (!card) return false;
    const own = find(anchor);
    const target = own?.checkVisibility() ? own : card;
    const section = target.closest("section");
    const inside = target.matches("input, select, textarea, button") ? target : section.querySelector("input, button");
    if (!inside) section.tabIndex = -1;
    section.scrollIntoView({ block: "start" });
    (inside ?? section).focus({ preventScroll: true });
    return true;
  };
  if (there()) return;
  const seen = new MutationObserver(() => there() && seen.disconnect());
  seen.observe(document.body, { subtree: true, childList: true, attributeFilter: ["data-open"] });
  setTimeout(() => seen.disconnect(), WAIT_MS);
};

/** Finds settings by keywords. `entries` are all cards and fields; only those in `tabs` and `pages` are offered, and none
 * of a card that is `lacking`. */
export function Search({ entries: all, tabs, pages, lacking }) {
  const entries = useMemo(() => all.filter((entry) => !lacking.includes(entry.cardAnchor)), [all, lacking]);
  Object.assign(known, { entries, tabs, pages });
  const dialog = useRef(null);
  const list = useId();
  const navigate = useNavigate();
  const [opened, setOpened] = useState(false);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => {
    if (!opened) return [];
    const labels = Object.fromEntries([...tabs.map((tab) => [tab.href, tab.label]), ...pages.map((page) => [page.path, page.label])]);
    const wanted = plain(words).split(/\s+/).filter(Boolean);
    return entries
      .filter((entry) => entry.place in labels)
      .map((entry) => ({ ...entry, section: labels[entry.place], text: plain(`${labels[entry.place]} ${entry.card} ${entry.label} ${entry.words}`) }))
      .filter((entry) => wanted.every((word) => entry.text.includes(word)))
      .map((entry) => ({ ...entry, rank: rank(entry, wanted) }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, MOST);
  }, [entries, tabs, pages, words, opened]);

  const open = () => {
    setWords("");
    setAt(0);
    setOpened(true);
  };
  useEffect(() => {
    if (opened && !dialog.current.open) dialog.current.showModal();
  }, [opened]);
  useEffect(() => {
    const key = (event) => {
      const command = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
      if ((!command && !slash) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);

  const go = (entry) => {
    if (!entry) return;
    dialog.current.close();
    if (location.pathname.replace(/\/$/, "") + location.search !== entry.place) navigate(entry.place);
    land(entry);
  };
  const key = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) setAt((at + step + found.length) % found.length);
    else if (event.key === "Enter") go(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <button type="button" className="search" onClick={open} aria-keyshortcuts="/ Control+K Meta+K">
        <span>Search settings</span><kbd aria-hidden="true">/</kbd>
      </button>
      <dialog ref={dialog} className="dialog search-dialog" aria-label="Search settings" onClose={() => setOpened(false)}
        onClick={(e) => { if (e.target === dialog.current && e.detail) dialog.current.close(); }}>
        {opened && <><input className="input" role="combobox" aria-label="Search settings" aria-expanded={found.length > 0} aria-controls={list}
          aria-activedescendant={found[at] ? `${list}-${at}` : undefined} aria-autocomplete="list" autoFocus autoComplete="off"
          placeholder="Name, email, password…" value={words} onChange={(e) => { setWords(e.target.value); setAt(0); }} onKeyDown={key} />
        <ul id={list} role="listbox" aria-label="Settings" className="search-list">
          {found.map((entry, i) => (
            <li key={`${entry.place} ${entry.anchor}`} id={`${list}-${i}`} role="option" aria-selected={i === at}
              onPointerMove={() => setAt(i)} onClick={() => go(entry)}>
              <span>{entry.label}</span><small>{entry.section}{entry.card !== entry.label && ` › ${entry.card}`}</small>
            </li>
          ))}
        </ul>
        {!found.length && <p className="empty">No settings found.</p>}</>}
      </dialog>
    </>
  );
}

/** While someone types in a field, links to matching sections among those that search on this page finds.
 * `onLeave` is called when a link is followed. `docs` are additional pages: [URL, name, words]. */
export function Answers({ field, heading, docs, onLeave, children }) {
  const [words, setWords] = useState("");
  useEffect(() => {
    const input = document.getElementById(field);
    if (!input) return;
    const hear = () => setWords(input.value);
    const clear = () => setWords("");
    input.addEventListener("input", hear);
    input.form?.addEventListener("reset", clear);
    return () => { input.removeEventListener("input", hear); input.form?.removeEventListener("reset", clear); };
  }, [field]);
  const found = useMemo(() => {
    const { entries, tabs, pages } = known;
    const labels = Object.fromEntries([...tabs.map((tab) => [tab.href, tab.label]), ...pages.map((page) => [page.path, page.label])]);
    const wanted = [...new Set(plain(words).match(/[\p{L}\p{N}]{3,}/gu) ?? [])];
    const seen = new Set();
    return entries
      .filter((entry) => entry.place in labels && !entry.place.endsWith("=support") && entry.card !== "Recent changes")
      .map((entry) => {
        const has = plain(`${labels[entry.place]} ${entry.card} ${entry.label} ${entry.words}`).match(/[\p{L}\p{N}]+/gu) ?? [];
        return { ...entry, section: labels[entry.place], score: wanted.filter((word) => has.some((own) => own.startsWith(word) || (own.length > 3 && word.startsWith(own)))).length };
      })
      .filter((entry) => entry.score > 0)
      .sort((a, b) => b.score - a.score)
      .filter((entry) => !seen.has(entry.cardAnchor) && seen.add(entry.cardAnchor))
      .slice(0, MOST_ANSWERS);
  }, [words]);
  const typed = plain(words).match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const beside = docs.filter(([, , about]) => typed.some((word) => about.split(" ").includes(word)));
  return (
    <div className="answers" role="status">
      {found.length + beside.length > 0 && (
        <p><span className="muted">{heading}</span>{" "}
          {found.map((entry, i) => (
            <span key={entry.anchor}>{i > 0 && " · "}<Link className="link" to={entry.place} onClick={() => onLeave()}>{entry.section} › {entry.card}</Link></span>
          ))}
          {beside.map(([address, name], i) => (
            <span key={address}>{found.length + i > 0 && " · "}<a className="link" href={address} target="_blank" rel="noopener">{name}</a></span>
          ))}
        </p>
      )}
      {children}
    </div>
  );
}
