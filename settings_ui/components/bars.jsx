import { useState } from "react";

const MARKS = 4;
const said = (bar, columns) => `${bar.label}: ${bar.cells.map((cell, i) => `${cell} ${columns[i + 1].toLowerCase()}`).join(", ")}`;

/** Stacked bars of two parts; values on hover and with the arrow keys, and a table of all values. */
export function Bars({ bars, label, names, columns }) {
  const [at, setAt] = useState(null);
  const top = Math.max(1, ...bars.map((bar) => bar.first + bar.second));
  const highest = bars.find((bar) => bar.first + bar.second === top);
  const height = (n) => `${(100 * n) / top}%`;
  const key = (event) => {
    const last = bars.length - 1;
    const next = { ArrowRight: Math.min(last, (at ?? -1) + 1), ArrowLeft: Math.max(0, (at ?? bars.length) - 1), Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };
  const even = [...new Set(Array.from({ length: MARKS }, (_, i) => Math.round((i * (bars.length - 1)) / (MARKS - 1))))];
  const chosen = bars.some((bar) => !bar.mark); // marks are placed under their bars; if every bar has one, a few are spaced evenly
  const place = (i) => (i === bars.length - 1 ? { right: 0 } : { left: `${(100 * i) / bars.length}%` });
  return (
    <figure className="chart">
      <div className="chart-head">
        <span className="legend"><i className="q" />{names[0]}</span><span className="legend"><i />{names[1]}</span>
        {at === null && highest && <span className="chart-said muted">{`Highest: ${highest.label}, ${highest.cells[0]}${/^[\d,]+$/.test(highest.cells[0]) ? ` ${columns[1].toLowerCase()}` : ""}`}</span>}
        <span className="chart-said" role="status">{at !== null && bars[at] ? said(bars[at], columns) : ""}</span>
      </div>
      <div className="stack" tabIndex={0} role="group" aria-label={`${label}. Use the arrow keys to read each bar.`}
        onKeyDown={key} onBlur={() => setAt(null)} onPointerLeave={() => setAt(null)}>
        {bars.map((bar, i) => (
          <span key={bar.label} className={i === at ? "at" : undefined} onPointerEnter={() => setAt(i)}>
            <i className="q" style={{ height: height(bar.first) }} />
            {bar.second > 0 && <i style={{ height: height(bar.second) }} />}
            {bar.note && <em className={i > bars.length * 0.8 ? "mark left" : "mark"}>{bar.note}</em>}
          </span>
        ))}
      </div>
      <div className={chosen ? "axis placed" : "axis"} aria-hidden="true">
        {chosen ? bars.map((bar, i) => bar.mark && <span key={bar.label} style={place(i)}>{bar.mark}</span>)
          : even.map((i) => <span key={i}>{bars[i]?.mark}</span>)}
      </div>
      <details>
        <summary>Show as a table</summary>
        <table className="table" aria-label={label}>
          <thead><tr>{columns.map((name, i) => <th key={name} scope="col" className={i ? "num" : undefined}>{name}</th>)}</tr></thead>
          <tbody>{bars.map((bar) => (
            <tr key={bar.label}><td>{bar.label}{bar.note && ` (${bar.note})`}</td>{bar.cells.map((cell, i) => <td key={columns[i + 1]} className="num">{cell}</td>)}</tr>
          ))}</tbody>
        </table>
      </details>
    </figure>
  );
}
