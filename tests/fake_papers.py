"""In-memory printing and mail, imported from ``tests/fakes.py``."""

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from api.domain.errors import AppError
from api.domain.finance.charges_overview import ChargesOverview
from api.domain.finance.hold_letter import HoldLetter
from api.ports.documents import Cover
from api.ports.mail import OutgoingMail


class FakeDocuments:
    """Prints a document as its JSON behind a PDF's first bytes, each time another copy, and counts."""

    def __init__(self) -> None:
        """Start with nothing printed."""
        self.printed: list[Mapping[str, Any]] = []

    async def pdf(self, document: Mapping[str, Any]) -> bytes:
        """Return bytes that tell the document, and which copy it is."""
        self.printed.append(document)
        return b"%PDF-fake\n" + json.dumps([len(self.printed), document], sort_keys=True).encode()

    async def hold_letter(self, letter: HoldLetter) -> bytes:
        """Return bytes that tell the hold."""
        return b"%PDF-fake\n" + letter.payment_intent_id.encode()

    async def charges_overview(self, overview: ChargesOverview) -> bytes:
        """Return bytes that tell the language, the lines and the sums."""
        told = [overview.language, overview.narrowed, len(overview.lines), *map(str, overview.totals())]
        return b"%PDF-fake\n" + json.dumps(told).encode()

    def cover(self, document: Mapping[str, Any]) -> Cover:
        """Return words that tell kind, number and language."""
        subject = f"{document['kind']} {document['number']} {document['language']}"
        return Cover(subject, f"{subject}\n", f"{document['number']}.pdf")


class FakeMail:
    """Keeps what was sent; answers as programmed: a queued error is raised instead."""

    def __init__(self, *, off: str | None = None) -> None:
        """Send, or be switched off for the reason ``off``."""
        self.sent: list[OutgoingMail] = []
        self.tried: list[OutgoingMail] = []
        self.answers: deque[AppError | None] = deque()
        self.off = off

    def why_off(self) -> str | None:
        """Return why no mail is sent at all."""
        return self.off

    async def send(self, mail: OutgoingMail) -> None:
        """Take a message, or raise what is queued."""
        self.tried.append(mail)
        answer = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer
        self.sent.append(mail)
