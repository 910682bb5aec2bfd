"""Links in emails: signed for one purpose, bound to one row, which records whether the link was used."""

from itsdangerous import BadSignature, URLSafeSerializer

from settings_ui.domain.errors import NotFound

MOST_TOKEN = 4000
"""In characters. A link with two long addresses, which JSON may escape to six times their length, is well below it."""
UNREADABLE = "This link is incomplete. Open it again from the email, or copy the whole address."


class Links:
    """Creates and verifies the tokens of email links."""

    def __init__(self, secret: str, origin: str) -> None:
        self._secret = secret
        self._origin = origin

    def url(self, path: str, purpose: str, subject: str) -> str:
        """Return the URL of `path` with a token for this purpose and row."""
        return f"{self._origin}{path}?token={self._signer(purpose).dumps(subject)}"

    def address(self, path: str) -> str:
        """Return the full URL of one of our paths."""
        return f"{self._origin}{path}"

    def subject(self, purpose: str, token: str) -> str:
        """Return the row that the token was issued for; raise NotFound for anything that we did not sign."""
        signer = self._signer(purpose)
        try:
            subject = signer.loads(token[:MOST_TOKEN])
        except (BadSignature, UnicodeEncodeError):
            raise NotFound(UNREADABLE) from None
        # A signature is decoded leniently, and would have several spellings: uses are counted by the token.
        as_signed = signer.make_signer().sign(token.rpartition(".")[0]).decode()
        if token != as_signed or not isinstance(subject, str):
            raise NotFound(UNREADABLE)
        return subject

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=f"settings-ui:{purpose}")
