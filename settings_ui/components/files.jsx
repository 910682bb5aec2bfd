import { useEffect, useId, useRef, useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const OFFLINE = "The upload failed. Check your connection.";
const size = (bytes) => (bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);
let made = 0;

/** Files that go along with a form: each is posted as soon as it is chosen, pasted or dropped, and the form sends the
 * ids of those that got through, in one field. A form that is reset forgets them; one that is kept (forms.jsx) has them
 * again after a reload. */
export function Files({ action, name, maxBytes, most, label, hint, wrong }) {
  const id = useId();
  const room = useRef(null);
  const [files, setFiles] = useState([]); // {key, name, size, percent, id, error, again: the file, if it got lost}
  const requests = useRef(new Map());

  const change = (key, part) => setFiles((all) => all.map((file) => (file.key === key ? { ...file, ...part } : file)));
  const forget = (key) => {
    requests.current.get(key)?.abort();
    requests.current.delete(key);
    setFiles((all) => all.filter((file) => file.key !== key));
  };
  const post = (key, file) => {
    const lost = () => change(key, { error: OFFLINE, percent: null, again: file });
    const xhr = new XMLHttpRequest();
    requests.current.set(key, xhr);
    const url = new URL(action, getBackendURL(env.PING));
    url.searchParams.set("name", file.name);
    xhr.open("POST", url.href);
    xhr.withCredentials = true;
    xhr.upload.onprogress = (e) => change(key, { percent: Math.round((100 * e.loaded) / e.total) });
    xhr.onload = () => {
      try {
        const said = JSON.parse(xhr.responseText);
        if (xhr.status === 200) return change(key, { id: said.data.id, name: said.data.name, percent: null });
        change(key, { error: said.error.message, percent: null });
      } catch { lost(); }
    };
    xhr.onerror = lost;
    xhr.send(file);
  };
  const retry = ({ key, again }) => {
    change(key, { error: "", percent: 0, again: null });
    post(key, again);
  };
  const add = (chosen) => {
    const taken = [...chosen].map((file) => {
      const key = ++made;
      const error = file.size > maxBytes ? `Files can be up to ${maxBytes / 1048576} MB. Make this one smaller and try again.` : "";
      if (!error) post(key, file);
      return { key, name: file.name, size: file.size, percent: error ? null : 0, id: "", error };
    });
    setFiles((all) => [...all, ...taken]);
  };

  useEffect(() => {
    const form = room.current.closest("form");
    const empty = () => { requests.current.forEach((xhr) => xhr.abort()); requests.current.clear(); setFiles([]); };
    const paste = (e) => { if (e.clipboardData.files.length) { e.preventDefault(); add(e.clipboardData.files); } };
    form.addEventListener("reset", empty);
    form.addEventListener("paste", paste);
    return () => { form.removeEventListener("reset", empty); form.removeEventListener("paste", paste); requests.current.forEach((xhr) => xhr.abort()); };
  }, [action]);

  const sent = files.filter((file) => file.id);
  const place = useRef(null);
  useEffect(() => {
    const whose = room.current.closest("form").dataset.kept;
    if (!whose) return;
    place.current = `kept:${whose}:files`;
    const before = JSON.parse(sessionStorage.getItem(place.current) ?? "[]");
    setFiles(before.map((file) => ({ ...file, key: ++made, percent: null, error: "" })));
  }, []);
  useEffect(() => {
    if (!place.current) return;
    const known = sent.map(({ id, name, size }) => ({ id, name, size }));
    known.length ? sessionStorage.setItem(place.current, JSON.stringify(known)) : sessionStorage.removeItem(place.current);
  }, [files]);
  const busy = files.some((file) => file.percent !== null);
  const tooMany = sent.length > most ? `You can attach up to ${most} files at a time; these are ${sent.length}. Remove some.` : "";
  return (
    <div className="field files" ref={room} data-busy={busy ? "" : undefined}
      onDragOver={(e) => e.preventDefault()} onDrop={(e) => { e.preventDefault(); add(e.dataTransfer.files); }}>
      <label htmlFor={id}>{label}</label>
      <div>
        <input id={id} type="file" multiple aria-describedby={`${id}-hint ${id}-wrong`} aria-invalid={wrong ? "true" : "false"}
          accept=".png,.jpg,.jpeg,.gif,.webp,.pdf,.txt,.csv,.log,.md,.json"
          onChange={(e) => { add(e.target.files); e.target.value = ""; }} />
        <label htmlFor={id} className="btn">Add files</label>
      </div>
      <input type="hidden" name={name} value={sent.map((file) => file.id).join(" ")} />
      {files.length > 0 && (
        <ul className="chosen">
          {files.map((file) => (
            <li key={file.key}>
              <span>{file.name} <small>{size(file.size)}</small>
                {file.error && <span className="wrong" role="alert">{file.error}</span>}</span>
              {file.percent !== null && <progress max="100" value={file.percent} aria-label={`Upload of ${file.name}`} />}
              {file.again && <button type="button" className="link" aria-label={`Try again with ${file.name}`} onClick={() => retry(file)}>Try again</button>}
              <button type="button" className="link" aria-label={`Remove ${file.name}`} onClick={() => forget(file.key)}>Remove</button>
            </li>
          ))}
        </ul>
      )}
      <p id={`${id}-wrong`} className="wrong" role="alert" hidden={!wrong && !tooMany}>{wrong || tooMany}</p>
      <p id={`${id}-hint`} className="hint">{hint}</p>
    </div>
  );
}
