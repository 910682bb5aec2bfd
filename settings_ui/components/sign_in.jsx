import { useRef, useState } from "react";
import env from "$/env.json";
import { getBackendURL } from "$/utils/state";

const OFFLINE = "We could not reach the server. Check the connection and try again.";

/** Posts the form in the background, so that a refusal keeps what was typed; goes on with a full load.
 * Without script it is an ordinary form. */
export function SignInForm({ action, children }) {
  const [error, setError] = useState("");
  const form = useRef(null);
  const target = () => (typeof window === "undefined" ? action : new URL(action, getBackendURL(env.PING)).href);
  const submit = async (event) => {
    event.preventDefault();
    if (form.current.hasAttribute("data-busy")) return;
    form.current.toggleAttribute("data-busy", true);
    const body = new URLSearchParams(new FormData(form.current));
    body.set("next", new URLSearchParams(location.search).get("next") ?? "");
    let message = OFFLINE;
    try {
      const answer = await fetch(target(), { method: "POST", body, credentials: "include", headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (answer.ok) return location.assign(said.data.next);
      message = said.error.message;
    } catch { /* the message says it */ }
    setError(message);
    form.current.removeAttribute("data-busy");
    form.current.elements.password.focus();
  };
  const fill = (event) => {
    const account = event.target.closest("[data-account]");
    if (!account) return;
    form.current.elements.email.value = account.dataset.account;
    form.current.elements.password.value = account.dataset.password;
    form.current.requestSubmit();
  };
  return (
    <form ref={form} method="post" action={action} onSubmit={submit} onClick={fill}>
      <div role="alert">{error && <div className="note bad" style={{ marginTop: 14 }}><div>{error}</div></div>}</div>
      {children}
      <input type="hidden" name="next" value="" />
    </form>
  );
}
