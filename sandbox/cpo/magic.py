"""Posts that always misbehave in one way, for who tries an app and has no hand behind the curtain: `--magic`.

Each is an ordinary EVSE on the map; its number chooses the story. What a fault does is in `faults.py`, what a plan
does in `model.py`; here is which post has which. The table for people is in `docs/app-developers.md`.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.cpo.faults import Fault
from sandbox.cpo.feed import Feed
from sandbox.cpo.own_feed import OWN_LOCATIONS, OWN_TARIFFS

Json = dict[str, Any]

HOUR_S = 3600
_TARIFF = "vcp-ac-vat"


@dataclass(frozen=True, slots=True)
class Spell:
    """What is always the matter with one post."""

    number: str
    means: str
    fault: str | None = None
    seconds: float | None = None
    plan: Json = field(default_factory=dict)

    @property
    def evse_uid(self) -> str:
        """The EVSE's technical id."""
        return f"vcp-magic-{self.number}"

    @property
    def evse_id(self) -> str:
        """What is printed on the post beside its number."""
        return f"DE*VCP*E0{self.number}*1"


SPELLS = (
    Spell("901", "refuses each start at once", "rejects"),
    Spell("902", "accepts a start and is never heard of again", "silent_after_start"),
    Spell("903", "the car takes 90 seconds to begin", plan={"connect_after_s": 90}),
    Spell("904", "the start times out, and the car charges two minutes later all the same", "late_session", 120),
    Spell("905", "tells its meter for the first time after 20 minutes", plan={"first_data_after_s": HOUR_S // 3}),
    Spell("906", "refuses each stop; the charge ends when the car is full", "stop_rejected"),
    Spell("907", "the cable stays in for eight hours after energy has ended",
          plan={"disconnect_after_stop_s": 8 * HOUR_S, "parked_s": 8 * HOUR_S}),
    Spell("908", "the bill comes six hours late", "late_cdr", 6 * HOUR_S),
    Spell("909", "the bill is half again too high; an hour later it is credited and the right one comes", "credit_cdr",
          HOUR_S),
)  # fmt: skip


def standing_faults(feed: Feed) -> list[Fault]:
    """Return what is always switched on at the posts of a feed."""
    return [
        Fault(spell.fault, spell.evse_uid, seconds=spell.seconds)
        for spell in SPELLS
        if spell.fault is not None and spell.evse_uid in feed.places
    ]


def standing_plans(feed: Feed) -> dict[str, Json]:
    """Return what every car does at the posts of a feed, unless it was given a plan of its own."""
    return {spell.evse_uid: spell.plan for spell in SPELLS if spell.plan and spell.evse_uid in feed.places}


def with_magic(feed: Feed) -> Feed:
    """Return a feed with one more site, whose posts have the spells."""
    mine = {"country_code": feed.country_code, "party_id": feed.party_id}
    sample, tariff = _copy(OWN_LOCATIONS[0]), next(each for each in OWN_TARIFFS if each["id"] == _TARIFF)
    site = sample | mine | {"id": "VCP-MAGIC", "name": "Sandbox: posts that misbehave"}
    site |= {"coordinates": {"latitude": "50.778000", "longitude": "6.080000"}, "address": "Zauberweg 9"}
    site["evses"] = [
        _copy(sample["evses"][0])
        | {"uid": spell.evse_uid, "evse_id": spell.evse_id, "physical_reference": spell.number}
        for spell in SPELLS
    ]
    tariffs = {_TARIFF: _copy(tariff) | mine} | feed.tariffs
    party = (feed.country_code, feed.party_id, feed.name)
    return Feed(party, [*feed.locations.values(), site], list(tariffs.values()), feed.parties)


def _copy(thing: Json) -> Json:
    found: Json = json.loads(json.dumps(thing), parse_float=Decimal)
    return found
