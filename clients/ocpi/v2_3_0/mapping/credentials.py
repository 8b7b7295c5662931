"""Credentials of 2.3.0 (chapter 7): those of 2.2.1, with the hub that the parties are reached through.

We are no hub and say none, so ours are written as in 2.2.1. A hub lists the parties behind it as roles of its own and
has no role HUB any more; one that still says it is understood.
"""

import re

from api.domain.ids import PartyId
from api.domain.roaming.partner import PeerCredentials
from clients.ocpi.fields import read_as
from clients.ocpi.v2_2_1.mapping import credentials as before
from clients.ocpi.v2_3_0.wire import credentials as wire

_HUB = re.compile(r"([A-Za-z]{2})[-*]?([A-Za-z0-9]{3})")
"""Country and party in one text; some put the usual sign between them."""


def read_credentials(raw: object) -> PeerCredentials:
    """Read a peer's Credentials; raises Unreadable."""
    return before.read_credentials(raw)._replace(hub=_hub(read_as(wire.CredentialsAdded, raw).hub_party_id))


def _hub(sent: object) -> PartyId | None:
    match = _HUB.fullmatch(sent.strip()) if isinstance(sent, str) else None
    return PartyId(match[1], match[2]) if match else None
