"""``FakeIdentityProvider``: names whom a test says. Import it from ``tests.fakes``."""

from collections import deque
from datetime import datetime

from api.domain.errors import AppError
from api.domain.staff.identity import Identity
from api.ports.identity import Errand


class FakeIdentityProvider:
    """Names the next of ``answers``; an error among them is raised."""

    def __init__(self) -> None:
        """Know nobody."""
        self.answers: deque[Identity | AppError] = deque()

    def speaks_for(self, issuer: str | None) -> bool:
        """Say yes to no name and to its own."""
        return issuer in {None, "https://idp.test"}

    async def address(self, errand: Errand, *, fresh: bool) -> str:
        """Return an address that tells the trip."""
        return f"https://idp.test/authorize?state={errand.state}"

    async def identify(self, errand: Errand, *, code: str, now: datetime) -> Identity:
        """Return the next answer."""
        answer = self.answers.popleft()
        if isinstance(answer, AppError):
            raise answer
        return answer
