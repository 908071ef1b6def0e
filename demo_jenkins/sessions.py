"""Web sessions and the crumbs bound to them (DefaultCrumbIssuer). All are gone after a restart."""

import hashlib
import hmac
import secrets

CRUMB_FIELD = "Jenkins-Crumb"


class Sessions:
    """Sessions of this start of the controller."""

    def __init__(self) -> None:
        self.cookie_name = f"JSESSIONID.{secrets.token_hex(4)}"
        self._salt = secrets.token_hex(16)
        self._ids: set[str] = set()

    def open(self, sent_id: str | None) -> str:
        """The session of a cookie, or a new one."""
        if sent_id in self._ids:
            return str(sent_id)
        session_id = secrets.token_hex(16)
        self._ids.add(session_id)
        return session_id

    def crumb(self, user_id: str, session_id: str) -> str:
        """The crumb of a user in a session; it holds as long as the session."""
        text = f"{user_id};{session_id};{self._salt}"
        return hashlib.sha256(text.encode()).hexdigest()

    def accept(self, user_id: str, session_id: str | None, crumb: str | None) -> bool:
        """Whether a crumb is this user's in this session."""
        if session_id not in self._ids or crumb is None:
            return False
        return hmac.compare_digest(self.crumb(user_id, str(session_id)).encode(), crumb.encode())

    def close(self, session_id: str | None) -> None:
        """End a session."""
        self._ids.discard(session_id or "")

    def forget_all(self) -> None:
        """End every session."""
        self._ids.clear()
