import { useEffect, useRef, useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const EMAIL = "email";
const OFFLINE = "We could not reach the server. Check your connection and try again.";

/** Submits the form in the background, so that a refusal keeps what was typed; on success does a full load or shows a
 * message. The query parameter `from_query` is sent along. Where success `ends` it, a link to sign in takes the place of
 * the form. An email that was typed goes along to the next of these forms, in this window alone and in no URL, until it
 * has signed in. Without JavaScript it is an ordinary form. */
export function PostForm({ action, fromQuery, ends, children }) {
  const [said, setSaid] = useState(null);
  const form = useRef(null);
  useEffect(() => {
    const { email } = form.current.elements;
    if (email && !email.value) email.value = sessionStorage.getItem(EMAIL) ?? "";
  }, []);
  const remember = ({ target }) => target.name === EMAIL && sessionStorage.setItem(EMAIL, target.value);
  const target = () => new URL(action, getBackendURL(env.PING)).href;
  const submit = async (event) => {
    event.preventDefault();
    if (form.current.hasAttribute("data-busy")) return;
    form.current.toggleAttribute("data-busy", true);
    const body = new URLSearchParams(new FormData(form.current));
    body.set(fromQuery, new URLSearchParams(location.search).get(fromQuery) ?? "");
    let outcome = { kind: "bad", text: OFFLINE };
    try {
      const answer = await fetch(target(), { method: "POST", body, credentials: "include", headers: { Accept: "application/json" } });
      const { data, error } = await answer.json();
      if (data?.next) {
        sessionStorage.removeItem(EMAIL);
        return location.assign(data.next);
      }
      outcome = data ? { kind: "good", text: data.message } : { kind: "bad", text: error.message, field: error.field };
    } catch { /* the message says it */ }
    setSaid(outcome);
    form.current.removeAttribute("data-busy");
    form.current.elements[outcome.field]?.focus();
  };
  const done = ends && said?.kind === "good";
  const fill = (event) => {
    const account = event.target.closest("[data-account]");
    if (!account) return;
    form.current.elements.email.value = account.dataset.account;
    form.current.elements.password.value = account.dataset.password;
    form.current.requestSubmit();
  };
  return (
    <form ref={form} method="post" action={action} noValidate onSubmit={submit} onInput={remember} onClick={fill}>
      <div role="alert">{said && <div className={`note ${said.kind} mt-4`}><div>{said.text}</div></div>}</div>
      {done ? <a className="btn primary wide" href="/sign-in" ref={(link) => link?.focus()}>Sign in</a> : children}
    </form>
  );
}
