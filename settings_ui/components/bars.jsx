import { useState } from "react";

const number = new Intl.NumberFormat("en");
const words = (bar) => `${bar.label}: ${number.format(bar.calls)} calls, ${number.format(bar.qualified)} qualified` +
  (bar.stopped ? `, ${number.format(bar.stopped)} stopped` : "");
const MARKS = 4;

/** Bars of calls by day, qualified ones below; values on hover and by the arrow keys, and a table with all of them. */
export function Bars({ bars, label }) {
  const [at, setAt] = useState(null);
  const top = Math.max(1, ...bars.map((bar) => bar.calls));
  const height = (n) => `${(100 * n) / top}%`;
  const key = (event) => {
    const last = bars.length - 1;
    const next = { ArrowRight: Math.min(last, (at ?? -1) + 1), ArrowLeft: Math.max(0, (at ?? bars.length) - 1), Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };
  const marks = [...new Set(Array.from({ length: MARKS }, (_, i) => Math.round((i * (bars.length - 1)) / (MARKS - 1))))];
  return (
    <figure className="chart">
      <div className="chart-head">
        <span className="legend"><i className="q" />Qualified</span><span className="legend"><i />Not qualified</span>
        <span className="chart-said" role="status">{at !== null && bars[at] ? words(bars[at]) : ""}</span>
      </div>
      <div className="stack" tabIndex={0} role="group" aria-label={`${label}. Use the arrow keys to hear each day.`}
        onKeyDown={key} onBlur={() => setAt(null)} onPointerLeave={() => setAt(null)}>
        {bars.map((bar, i) => (
          <span key={bar.label} className={i === at ? "at" : undefined} onPointerEnter={() => setAt(i)}>
            <i className="q" style={{ height: height(bar.qualified) }} />
            <i style={{ height: height(bar.calls - bar.qualified) }} />
          </span>
        ))}
      </div>
      <div className="axis" aria-hidden="true">{marks.map((i) => <span key={i}>{bars[i]?.label}</span>)}</div>
      <details>
        <summary>Show as a table</summary>
        <table className="table" aria-label={label}>
          <thead><tr><th scope="col">Day</th><th scope="col" className="num">Calls</th><th scope="col" className="num">Qualified</th><th scope="col" className="num">Stopped</th></tr></thead>
          <tbody>{bars.map((bar) => (
            <tr key={bar.label}><td>{bar.label}</td><td className="num">{number.format(bar.calls)}</td><td className="num">{number.format(bar.qualified)}</td><td className="num">{number.format(bar.stopped)}</td></tr>
          ))}</tbody>
        </table>
      </details>
    </figure>
  );
}
