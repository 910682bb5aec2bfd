import { useEffect, useState } from "react";

// A month is a twelfth of a year.
const STEPS = [["minute", 60], ["hour", 3600], ["day", 86400], ["week", 604800], ["month", 2628000], ["year", 31536000]];

/** Re-renders every `ms`. */
const useTick = (ms) => {
  const [, set] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => set((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
};

const count = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;

/** As Intl.RelativeTimeFormat says it in English, whose tables would take 15 ms of each load. */
const relative = (n, unit) => {
  if (Math.abs(n) === 1 && unit === "day") return n < 0 ? "yesterday" : "tomorrow";
  if (Math.abs(n) === 1 && unit !== "hour" && unit !== "minute") return `${n < 0 ? "last" : "next"} ${unit}`;
  return n < 0 ? `${count(-n, unit)} ago` : `in ${count(n, unit)}`;
};

/** Seconds as a count of the largest unit that they round up to: never 60 minutes or 24 hours. */
const measured = (seconds) => {
  const reaches = ([, size], i) => {
    const finer = STEPS[i - 1]?.[1] ?? 1;
    return Math.round(seconds / finer) * finer >= size;
  };
  const [unit, size] = STEPS.findLast(reaches) ?? [];
  return unit && [Math.round(seconds / size), unit];
};

const ago = (iso) => {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  const [n, unit] = measured(Math.abs(seconds)) ?? [];
  return unit ? relative(Math.sign(seconds) * n, unit) : "just now";
};

const lasting = (iso) => {
  const found = measured((Date.now() - Date.parse(iso)) / 1000);
  return `for ${found ? count(...found) : "less than a minute"}`;
};

/** How long ago a moment was, or how long since; the exact time on hover. */
export function Ago({ iso, exact, lasts }) {
  useTick(30000);
  return iso ? <time dateTime={iso} title={exact} suppressHydrationWarning>{lasts ? lasting(iso) : ago(iso)}</time> : null;
}

const left = (ms) => {
  const minutes = Math.max(0, Math.ceil(ms / 60000));
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (d) return h ? `${count(d, "day")} ${count(h, "hour")}` : count(d, "day");
  return h ? `${count(h, "hour")} ${count(m, "minute")}` : count(m, "minute");
};

/** The time left until a moment; calls onDone once when it is reached. */
export function Countdown({ iso, onDone }) {
  useTick(1000);
  const ms = Date.parse(iso) - Date.now();
  const over = ms <= 0;
  useEffect(() => { if (over && iso) onDone(); }, [over, iso]);
  return iso ? <span className="countdown" suppressHydrationWarning>{left(ms)} left</span> : null;
}
