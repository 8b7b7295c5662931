"""``FakeReach`` and ``FakeStatusFile``: how the house looks from outside, and its status file, in memory."""

from api.domain.errors import AppError


class FakeReach:
    """Implements ``api.ports.reach.Reach``."""

    def __init__(self) -> None:
        """Answer 200 to everybody."""
        self.asked: list[str] = []
        self.answer: int | AppError = 200

    async def ask(self, url: str) -> int:
        """Return the answer, or raise it."""
        self.asked.append(url)
        if isinstance(self.answer, AppError):
            raise self.answer
        return self.answer


class FakeStatusFile:
    """Implements ``api.ports.status_file.StatusFile``."""

    def __init__(self, text: bytes | None = None) -> None:
        """Hold a text, or none."""
        self.text = text

    def publish(self, text: bytes) -> None:
        """Replace the text."""
        self.text = text

    def published(self) -> bytes | None:
        """Return the text."""
        return self.text
