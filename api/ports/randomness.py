"""Ids and secrets, injected so that a simulation can repeat itself."""

from typing import Protocol


class Randomness(Protocol):
    """Makes ids and secrets."""

    def new_id(self, prefix: str) -> str:
        """Return a fresh public id such as ``chs_0a1b...``: opaque, unguessable, unique."""
        ...

    def secret(self) -> str:
        """Return a fresh URL-safe secret of at least 256 bits."""
        ...

    def token_uid(self) -> str:
        """Return a fresh OCPI token uid: at most 36 characters, letters and digits (ocpi.md 0.2)."""
        ...
