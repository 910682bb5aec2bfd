import { useEffect, useRef, useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const OFFLINE = "The upload failed. Check your connection and try again. Numbers already blocked stay blocked.";
const number = (n) => n.toLocaleString("en");

/** Uploads a chosen or dropped CSV file with progress and reports the result of its rows; a report of every row can be
 * downloaded. */
export function FileImport({ action, maxBytes, onDone }) {
  const input = useRef(null);
  const request = useRef(null);
  const [percent, setPercent] = useState(null);
  const [error, setError] = useState("");
  const [done, setDone] = useState(null);
  const [over, setOver] = useState(false);
  useEffect(() => () => request.current?.abort(), []);
  useEffect(() => () => { if (done) URL.revokeObjectURL(done.url); }, [done]);

  const send = (file) => {
    if (!file || percent !== null) return;
    setDone(null);
    if (!file.size) return setError("This file is empty.");
    if (file.size > maxBytes) return setError(`Files can be up to ${maxBytes / 1048576} MB. Split this one and try again.`);
    setError("");
    const xhr = (request.current = new XMLHttpRequest());
    xhr.open("POST", new URL(action, getBackendURL(env.PING)).href);
    xhr.withCredentials = true;
    xhr.upload.onprogress = (e) => setPercent(Math.round((100 * e.loaded) / e.total));
    xhr.onload = () => {
      setPercent(null);
      try {
        const said = JSON.parse(xhr.responseText);
        if (xhr.status !== 200) return setError(said.error.message);
        const url = URL.createObjectURL(new Blob([said.data.report], { type: "text/csv" }));
        setDone({ ...said.data, url, name: `${file.name.replace(/\.\w+$/, "")}-result.csv` });
        onDone();
      } catch { setError(OFFLINE); }
    };
    xhr.onerror = () => { setPercent(null); setError(OFFLINE); };
    setPercent(0);
    xhr.send(file);
  };
  const busy = percent !== null ? "" : undefined; // not disabled, which would lose the focus
  return (
    <div className={`drop ${over ? "over" : ""}`} onDragLeave={() => setOver(false)}
      onDragOver={(e) => { e.preventDefault(); setOver(true); }}
      onDrop={(e) => { e.preventDefault(); setOver(false); send(e.dataTransfer.files[0]); }}>
      <button type="button" className="btn" data-busy={busy} onClick={() => percent === null && input.current.click()}>Choose a file</button>
      <span className="hint">or drop it here. CSV with one number per row, and columns named Note and Until if you need them. Up to 100,000 rows.</span>
      <input ref={input} type="file" hidden accept=".csv,.txt,text/csv,text/plain" aria-label="File" onChange={(e) => { send(e.target.files[0]); e.target.value = ""; }} />
      {percent !== null && <progress className="progress" max="100" value={percent < 100 ? percent : undefined} aria-label="Import" />}
      <div role="status">
        {done && <p className="mt-3"><b>{number(done.blocked)} blocked</b>, {number(done.already_blocked)} already blocked, {number(done.invalid)} could not be read.{" "}
          <a className="link" href={done.url} download={done.name}>Download the result of every row</a></p>}
      </div>
      <p className="wrong" role="alert" hidden={!error}>{error}</p>
    </div>
  );
}
