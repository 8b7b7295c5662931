"""What 2.3.0 adds to Credentials (chapter 7): the hub behind a connection, in five characters."""

from typing import Any

from msgspec import Struct


class CredentialsAdded(Struct):
    """The new field; what cannot be read as a hub names none."""

    hub_party_id: Any = None
