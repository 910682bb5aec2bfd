import { useEffect, useId, useRef, useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const ACCEPT = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const OFFLINE = "The upload failed. Check your connection and try again.";

/** Uploads a chosen or dropped image with preview and progress. */
export function PhotoPicker({ action, maxBytes, current, initials, onDone, children }) {
  const input = useRef(null);
  const request = useRef(null);
  const wrong = useId();
  const [preview, setPreview] = useState(null); // {file, url}
  const [percent, setPercent] = useState(null);
  const [error, setError] = useState("");
  const [over, setOver] = useState(false);

  useEffect(() => () => { if (preview) URL.revokeObjectURL(preview.url); }, [preview]);
  useEffect(() => () => request.current?.abort(), []);

  const choose = (file) => {
    if (!file) return;
    if (file.size > maxBytes) return setError("This file is over 5 MB. Make it smaller and try again.");
    setError("");
    setPreview({ file, url: URL.createObjectURL(file) });
  };
  const forget = () => {
    request.current?.abort();
    request.current = null;
    setPercent(null);
    setPreview(null);
  };
  const send = () => {
    if (request.current) return;
    const xhr = (request.current = new XMLHttpRequest());
    xhr.open("POST", new URL(action, getBackendURL(env.PING)).href);
    xhr.withCredentials = true;
    xhr.upload.onprogress = (e) => setPercent(Math.round((100 * e.loaded) / e.total));
    const end = () => { request.current = null; setPercent(null); }; // forget() would abort it, which wipes the answer
    xhr.onload = () => {
      end();
      if (xhr.status < 500) forget(); // otherwise nothing is wrong with the file: send it again
      if (xhr.status === 200) return onDone();
      let message = OFFLINE;
      try { message = JSON.parse(xhr.responseText).error.message; } catch { /* the message says it */ }
      setError(message);
    };
    xhr.onerror = () => { end(); setError(OFFLINE); };
    setError("");
    setPercent(0);
    xhr.send(preview.file);
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    if (percent === null) choose(event.dataTransfer.files[0]);
  };
  const busy = percent !== null ? "" : undefined; // not disabled, which would lose the focus
  const shown = preview?.url ?? current;
  return (
    <div className={`photo ${over ? "over" : ""}`} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(e) => { e.preventDefault(); setOver(true); }}>
      {shown ? <img className="avatar xl" src={shown} alt={preview ? "Preview of the new photo" : "Your photo"}
          onError={() => { if (preview) { forget(); setError("This file cannot be shown as an image."); } }} />
        : <span className="avatar xl" aria-hidden="true">{initials}</span>}
      <div className="photo-side">
        <div className="photo-actions">
          {preview ? (
            <>
              <button type="button" className="btn primary" onClick={send} data-busy={busy}>Use this photo</button>
              <button type="button" className="btn ghost" onClick={forget}>Cancel</button>
            </>
          ) : (
            <>
              <button type="button" className="btn" aria-describedby={wrong} onClick={() => input.current.click()}>Upload photo</button>
              {children}
            </>
          )}
        </div>
        {percent !== null && <progress className="progress" max="100" value={percent} aria-label="Upload" />}
        <input ref={input} type="file" hidden accept={ACCEPT.join()} aria-label="Photo" onChange={(e) => { choose(e.target.files[0]); e.target.value = ""; }} />
        <p className="hint">PNG, JPEG, WebP or GIF, up to 5 MB. You can also drop it here. Location data is removed.</p>
        <p id={wrong} className="wrong" role="alert" hidden={!error}>{error}</p>
      </div>
    </div>
  );
}
