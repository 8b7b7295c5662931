"""Links to guests' receipts: signed, for one charge, and for a while; a link that ran out may be renewed by mail."""

import hashlib
import hmac
from datetime import UTC, datetime

from api.domain.errors import NotFound
from api.domain.language import language_of
from api.ports.policy import ServicePolicy

_WORDS = {
    "en": "Your receipt online, until {day}: {url}",
    "de": "Ihr Beleg im Netz, bis {day}: {url}",
    "fr": "Votre reçu en ligne, jusqu'au {day} : {url}",
    "nb": "Kvitteringen din på nett, til {day}: {url}",
    "sv": "Ditt kvitto på nätet, till {day}: {url}",
}


class UnknownReceiptLink(NotFound):
    """The link was not made by us."""


class ReceiptLinkExpired(NotFound):
    """The link ran out; a new one is sent to the guest's address on demand. Fact: ``charging_session_id``."""


def receipt_token(policy: ServicePolicy, charging_session_id: str, now: datetime) -> str:
    """Return the token of a link that works from now on for as long as the installation says."""
    until = f"{int((now + policy.guest_receipt_lifetime).timestamp()):x}"
    return f"{charging_session_id}.{until}.{_signature(policy, charging_session_id, until)}"


def receipt_url(policy: ServicePolicy, charging_session_id: str, now: datetime) -> str:
    """Return such a link."""
    return f"{policy.public_url}/pay/receipt/{receipt_token(policy, charging_session_id, now)}"


def read_receipt_token(policy: ServicePolicy, token: str, now: datetime) -> str:
    """Return the charge of a link; raises UnknownReceiptLink, ReceiptLinkExpired."""
    charging_session_id, _, rest = token.partition(".")
    until, _, signature = rest.partition(".")
    if not hmac.compare_digest(_signature(policy, charging_session_id, until).encode(), signature.encode()):
        raise UnknownReceiptLink("unknown_receipt_link")
    if int(until, 16) < now.timestamp():
        raise ReceiptLinkExpired("receipt_link_expired", charging_session_id=charging_session_id)
    return charging_session_id


def receipt_line(policy: ServicePolicy, charging_session_id: str, language: str, now: datetime) -> str:
    """Return the line of a mail that has the link."""
    until = (now + policy.guest_receipt_lifetime).astimezone(UTC).date().isoformat()
    url = receipt_url(policy, charging_session_id, now)
    return _WORDS[language_of(language)].format(day=until, url=url)


def _signature(policy: ServicePolicy, charging_session_id: str, until: str) -> str:
    message = f"receipt link\n{charging_session_id}\n{until}".encode()
    return hmac.new(policy.sealing_key, message, hashlib.sha256).hexdigest()[:40]
