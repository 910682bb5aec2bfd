"""Email addresses: what is accepted, how it is shown, and when two are the same."""

import re
import unicodedata
from dataclasses import dataclass

import idna
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from settings_ui.domain.errors import Invalid
from settings_ui.domain.text import has_invisible

_MALFORMED = "Enter an email address, like name@company.com."
_TOO_LONG = "An email address can have up to 254 characters."
_NO_ADDRESS = 1000
"""No valid address is longer; longer input is not parsed."""
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class EmailAddress:
    """An address as shown and sent to, and its folded form, which is the same for all its spellings."""

    text: str
    folded: str

    def __str__(self) -> str:
        return self.text


def parse_email(text: str, *, field: str, ascii_only: bool = False) -> EmailAddress:
    """Return the address with its domain as A-labels; raise Invalid at `field`.

    Two addresses are the same when their NFKC case-folded forms are; dots and +tags stay distinct.
    `ascii_only` refuses non-ASCII letters in the local part, for systems that cannot handle them.
    """
    given = text.strip()
    if not given:
        raise Invalid("Enter an email address.", field=field)
    if len(given) > _NO_ADDRESS:
        raise Invalid(_TOO_LONG, field=field)
    if has_invisible(given) or any(c in given for c in "\u200c\u200d"):
        raise Invalid("This address contains an invisible character. Type it instead of pasting it.", field=field)
    valid = _validate(given, field)
    if valid.ascii_domain is None or "=?" in valid.local_part:
        # Mail headers would read this as an encoded word: shown as one address, sent to another.
        raise Invalid(_MALFORMED, field=field)
    local = unicodedata.normalize("NFC", valid.local_part)
    if ascii_only and not local.isascii():
        odd = next(c for c in local if not c.isascii())
        raise Invalid(f"“{odd}” cannot be used in a PayPal address. Type the address again.", field=field)
    if unicodedata.normalize("NFKC", local) != local:
        # Full-width and other compatibility forms look like one address but reach another.
        raise Invalid("This address uses look-alike characters. Type it with plain letters.", field=field)
    domain = valid.ascii_domain.lower()
    shown = f"{local}@{domain}"
    if len(shown) > 254:
        raise Invalid(_TOO_LONG, field=field)
    return EmailAddress(shown, fold(shown))


def fold(address: str) -> str:
    """Return the form in which addresses are compared and unique: NFKC case-folded, the domain as A-labels.

    Accepts any text, even if it is not an address, and returns text that every database can store. Idempotent.
    """
    keepable = _UNKEEPABLE.sub("\ufffd", address)
    local, at, domain = unicodedata.normalize("NFKC", keepable).strip().rpartition("@")
    return f"{_caseless(local)}{at}{_a_labels(domain)}".strip()


def own_spelling(address: str) -> str:
    """Return the address with its domain in the letters of its owner, for the owner to read.

    To anybody else an address is shown with A-labels: those cannot look like another domain.
    """
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except UnicodeError:  # no domain
        return address


def masked(address: str) -> str:
    """Return the address with all but its first letters masked, for the activity: `p••@h••.example`."""
    local, _, domain = address.rpartition("@")
    name, _, tld = domain.rpartition(".")
    return f"{local[:1]}••@{name[:1]}••.{tld}"


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.casefold()).casefold())


def _a_labels(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError:  # no domain: it cannot be an address
        return _caseless(domain)


def _validate(given: str, field: str) -> ValidatedEmail:
    try:
        return validate_email(given, check_deliverability=False)
    except EmailNotValidError:
        raise Invalid(_MALFORMED, field=field) from None
