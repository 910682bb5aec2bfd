import { useEffect } from "react";
import { useLocation } from "react-router";

/** Goes to an address with a full load as soon as it is given one: nothing of this page is left. */
export function Leave({ to }) {
  useEffect(() => { if (to) location.assign(to); }, [to]);
  return null;
}

/** Closes every open menu when the page goes to another address: a link in a menu leads away from it. */
export function FoldMenus() {
  const { key } = useLocation();
  useEffect(() => { document.querySelectorAll(":popover-open").forEach((menu) => menu.hidePopover()); }, [key]);
  return null;
}

/** Keeps the current link of a bar that scrolls sideways in sight, whenever `current` changes. */
export function InSight({ bar, current }) {
  useEffect(() => {
    const room = document.querySelector(bar);
    const link = room?.querySelector("[aria-current=page]");
    if (link) room.scrollLeft = link.offsetLeft - room.offsetLeft - (room.clientWidth - link.clientWidth) / 2;
  }, [bar, current]);
  return null;
}

/** Calls onDone once, `ms` after it appears; waits while the pointer or the focus is on what surrounds it. */
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
