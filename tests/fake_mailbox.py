"""An in-memory mailbox, imported from ``tests/fakes.py``."""

from collections import deque
from collections.abc import Sequence

from api.domain.errors import AppError
from api.ports.mailbox import LyingMail


class FakeMailbox:
    """Keeps what lies in it and what was read; answers as programmed: a queued error is raised instead."""

    def __init__(self) -> None:
        """Start empty."""
        self.lying: dict[str, LyingMail] = {}
        self.read: set[str] = set()
        self.answers: deque[BaseException | None] = deque()
        """For the next calls of either kind, in order."""
        self.off: str | None = None

    def put(self, content: bytes, *, cut: bool = False) -> str:
        """Lay a mail into it; return its uid."""
        uid = str(len(self.lying) + 1)
        self.lying[uid] = LyingMail(uid, content, cut)
        return uid

    def why_off(self) -> str | None:
        """Return why no mail is read at all."""
        return self.off

    async def unread(self, *, most: int) -> Sequence[LyingMail]:
        """Return what was not read, oldest first."""
        self._answer()
        return [mail for uid, mail in self.lying.items() if uid not in self.read][:most]

    async def mark_read(self, uids: Sequence[str]) -> None:
        """Note what was read."""
        self._answer()
        self.read.update(uids)

    def _answer(self) -> None:
        answer: AppError | BaseException | None = self.answers.popleft() if self.answers else None
        if answer is not None:
            raise answer
