"""The file that the status page is served from, so that it needs neither a database nor another process of ours."""

from typing import Protocol


class StatusFile(Protocol):
    """Keeps one text, whole or not at all."""

    def publish(self, text: bytes) -> None:
        """Replace the text at once; raises OSError."""
        ...

    def published(self) -> bytes | None:
        """Return the text, None where there is none that can be read."""
        ...
