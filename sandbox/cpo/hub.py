"""A hub: one connection with several operators behind it, each with places of its own.

OCPI `transport_and_format` (message routing) and `mod_hub_client_info`. Who may be reached is kept here; forwarding is
in `envelope.py` (what comes in) and `world.py` (what goes out).
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.cpo.clock import to_iso
from sandbox.cpo.feed import Feed
from sandbox.cpo.own_feed import OWN_LOCATIONS, OWN_TARIFFS
from sandbox.cpo.parties import Who

Json = dict[str, Any]

STATUSES = ("CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED")
_BEHIND = (
    Who("DE", "VCA", "Virtual Operator A"),
    Who("NL", "VCB", "Virtual Operator B"),
    Who("FR", "VCC", "Virtual Operator C"),
)


@dataclass(slots=True)
class Client:
    """One party behind the hub and whether it can be reached."""

    who: Who
    status: str
    last_updated: float

    def info(self) -> Json:
        """ClientInfo object."""
        found: Json = {"country_code": self.who.country_code, "party_id": self.who.party_id, "role": "CPO"}
        return found | {"status": self.status, "last_updated": to_iso(self.last_updated)}


class Hub:
    """The parties behind the hub by country code and party id."""

    def __init__(self, parties: tuple[Who, ...], now: float) -> None:
        self.clients = {who.party: Client(who, "CONNECTED", now) for who in parties}

    def turn(self, party: tuple[str, str], status: str, now: float) -> Client:
        """Change whether a party can be reached. Raises `KeyError` or `ValueError` for what does not exist."""
        if status not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        client = self.clients[party]
        client.status, client.last_updated = status, now
        return client


def hub_feed() -> Feed:
    """Return a feed of three operators, each with the invented places under ids of its own."""
    locations: list[Json] = []
    tariffs: list[Json] = []
    for who in _BEHIND:
        text = json.dumps([OWN_LOCATIONS, OWN_TARIFFS])
        for old, new in (("VCP", who.party_id), ("vcp", who.party_id.lower()), ('"DE"', f'"{who.country_code}"')):
            text = text.replace(old, new)
        copy = json.loads(text, parse_float=Decimal)
        locations += copy[0]
        tariffs += copy[1]
    return Feed(("DE", "HUB", "Virtual Hub"), locations, tariffs, _BEHIND)
