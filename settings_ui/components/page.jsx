import { Activity, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { unsaved } from "./forms.jsx";

/** Navigates with a full load as soon as a URL is set, so that nothing of this page remains. */
export function Leave({ to }) {
  useEffect(() => { if (to) location.assign(to); }, [to]);
  return null;
}

/** Remembers the business of this window: a page that was filled for another one starts empty (filled_pages.py). */
export function Home({ id }) {
  useEffect(() => { if (id) sessionStorage.setItem("home", id); }, [id]);
  return null;
}

let followed = {}; // for the router location with this key the address bar shows another URL

/** Replaces the URL in the address bar without navigating: the page stays, a reload or a copied link uses the new URL. */
export function Follow({ to }) {
  const { key } = useLocation();
  useEffect(() => {
    history.replaceState(history.state, "", to);
    followed = { key, search: new URL(to, location).search };
  }, [to]);
  return null;
}

/** Closes every open menu on navigation. */
export function FoldMenus() {
  const { key } = useLocation();
  const first = useRef(key);
  useEffect(() => {
    if (key !== first.current) document.querySelectorAll(":popover-open").forEach((menu) => menu.hidePopover());
  }, [key]);
  return null;
}

/** Whoever acts on what then goes, a row or a toast, stays in the card where they were, or in the content if that went too:
 * otherwise the focus would be lost, and the next Tab begin at the top of the page. */
export function KeepFocus() {
  useEffect(() => {
    let had, card;
    const come = ({ target }) => { had = target; card = target.closest("section") ?? card; };
    const leave = () => { had = null; };
    const seen = new MutationObserver(() => {
      if (!had || had.isConnected) return;
      had = null;
      if (document.activeElement !== document.body) return;
      const place = card?.isConnected ? card : document.getElementById("content");
      if (!place) return;
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
    });
    seen.observe(document.body, { subtree: true, childList: true });
    document.addEventListener("focusin", come);
    document.addEventListener("pointerdown", leave);
    return () => {
      seen.disconnect();
      document.removeEventListener("focusin", come);
      document.removeEventListener("pointerdown", leave);
    };
  }, []);
  return null;
}

/** Scrolls the current link of a horizontally scrolling bar into view whenever `current` changes.
 * After the paint: measuring earlier would force a layout before the content is drawn. */
function InSight({ bar, current }) {
  useEffect(() => {
    let after;
    const measure = () => {
      const room = document.querySelector(bar);
      const link = room?.querySelector("[aria-current=page]");
      if (link && room.scrollWidth > room.clientWidth)
        room.scrollLeft = link.offsetLeft - room.offsetLeft - (room.clientWidth - link.clientWidth) / 2;
    };
    const frame = requestAnimationFrame(() => { after = setTimeout(measure); });
    return () => { cancelAnimationFrame(frame); clearTimeout(after); };
  }, [bar, current]);
  return null;
}

let chosen = {}; // the tab that was clicked at the router location with this key
const watchers = new Set();
const watch = (watcher) => { watchers.add(watcher); return () => watchers.delete(watcher); };
const choose = (key, slug) => { chosen = { key, slug }; watchers.forEach((tell) => tell()); };
const isPlain = (click) => click.button === 0 && !(click.metaKey || click.ctrlKey || click.shiftKey || click.altKey);

/** The tab that was clicked, or that in the URL, if it is one of `tabs`; otherwise the server's choice, `current`.
 * The browser can show a tab whose data it has without waiting, even for the router, which takes a third of the time;
 * which tabs it may show is the server's decision. */
export function useOpenTab(tabs, current) {
  const { key, search } = useLocation();
  const clicked = useSyncExternalStore(watch, () => chosen, () => chosen);
  const there = followed.key === key ? followed.search : search; // the server sees the URL in the address bar
  const asked = clicked.key === key ? clicked.slug : new URLSearchParams(there).get("tab") ?? tabs[0]?.slug;
  return tabs.some(({ slug }) => slug === asked) ? asked : current;
}

/** The open tab, one of `children` by its place in `slugs`, or the last of them if none is open; and, not shown, the one
 * that is `near`, drawn while the browser has time, so that a click only has to show it. */
export function OpenTab({ tabs, current, near, slugs, children }) {
  const open = useOpenTab(tabs, current);
  if (!slugs.includes(open)) return children.at(-1);
  const drawn = slugs.filter((slug) => slug === open || slug === near);
  return drawn.map((slug) => (
    <Activity key={slug} mode={slug === open ? "visible" : "hidden"}>
      <div data-open={slug === open}>{children[slugs.indexOf(slug)]}</div>
    </Activity>
  ));
}

/** Links to the tabs; `onNear` gets the tab that the pointer or the focus approaches, so that its data is loaded ahead. */
export function TabBar({ tabs, current, label, onNear }) {
  const { key } = useLocation();
  const navigate = useNavigate();
  const open = useOpenTab(tabs, current);
  const name = tabs.find(({ slug }) => slug === open)?.label;
  useEffect(() => { if (name) document.title = `${name} · ${document.title.split(" · ").slice(-2).join(" · ")}`; }, [name]);
  const going = useRef(0);
  const go = (click, slug, href) => {
    if (!isPlain(click) || unsaved()) return;
    click.preventDefault();
    choose(key, slug);
    // Takes as long as showing the tab, which comes first. The tab may bring edits along, which were not asked about.
    going.current = setTimeout(() => navigate(href, { replace: slug === open, state: { asked: true } }));
  };
  useEffect(() => {
    const stop = ({ target }) => { if (target.closest("a")) clearTimeout(going.current); }; // the last link is what counts
    document.addEventListener("click", stop, { capture: true });
    return () => { clearTimeout(going.current); document.removeEventListener("click", stop, { capture: true }); };
  }, []);
  useEffect(() => () => { chosen = {}; }, [key]); // whoever comes back to a location sees what is in its URL
  return (
    <nav className="tabs" aria-label={label}>
      <InSight bar=".tabs" current={open} />
      {tabs.map(({ slug, label, href }) => (
        <Link key={slug} to={href} aria-current={slug === open ? "page" : "false"}
          onClick={(click) => go(click, slug, href)}
          onPointerEnter={() => onNear(slug)} onFocus={() => onNear(slug)}>{label}</Link>
      ))}
    </nav>
  );
}

/** One line, or with this parameter in the URL another. */
export function Unless({ parameter, text, otherwise }) {
  const [has, setHas] = useState(false); // the page is drawn without a URL
  useEffect(() => setHas(new URLSearchParams(location.search).has(parameter)), []);
  return has ? otherwise : text;
}

/** Puts what is open in front of the page's title, for as long as it is open. */
export function Title({ text }) {
  useEffect(() => {
    if (!text) return;
    const front = `${text} · `;
    document.title = front + document.title;
    // A tab that was opened since has given the page its own title.
    return () => { if (document.title.startsWith(front)) document.title = document.title.slice(front.length); };
  }, [text]);
  return null;
}

/** Calls onDone once, `ms` after it appears; waits while the pointer or the focus is on the toasts. */
export function After({ ms, onDone }) {
  useEffect(() => {
    const held = () => document.querySelector(".toasts:hover, .toasts:focus-within");
    let timer;
    const tick = () => { held() ? (timer = setTimeout(tick, 1000)) : onDone(); };
    timer = setTimeout(tick, ms);
    return () => clearTimeout(timer);
  }, []);
  return null;
}
