"""Rules that notice trouble before a driver complains (CN24): pure, each with its evidence.

A signal is no incident: it is shown to nobody outside, and somebody of support looks into it. Each rule wants enough
evidence to be more than chance, and says what it compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.support.start_success import Starts

LATELY = timedelta(hours=24)
BEFORE = timedelta(days=28)
"""Success of the last day is compared with the four weeks before it."""
FEWEST_LATELY, FEWEST_BEFORE, FEWEST_FAILED = 8, 30, 4
POINTS = 20
"""So many percentage points must be lost."""
FLAPS, FLAP_WINDOW = 4, timedelta(hours=6)
"""A charger that broke so often within so long comes and goes."""
SILENCE = timedelta(hours=24)
BUSY = 5
"""Charges within two weeks that make a site one that should be heard of."""
BUSY_WINDOW = timedelta(days=14)


class Rule(StrEnum):
    """What was noticed; also the reason of the incident that it becomes."""

    SUCCESS_DROPPED = "start_success_dropped"
    FLAPPING = "connector_flapping"
    SILENT = "site_silent"


class About(StrEnum):
    """What a signal is about."""

    SITE = "site"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that looks wrong: ``subject_id`` is a location's key or a partner's id."""

    rule: Rule
    about: About
    subject_id: str
    evidence: Mapping[str, object]


def success_dropped(*, about: About, subject_id: str, lately: Starts, before: Starts) -> Signal | None:
    """Say that starts fail more often than they did: by many points, and by more failures than chance explains."""
    if lately.asked < FEWEST_LATELY or before.asked < FEWEST_BEFORE or lately.failed < FEWEST_FAILED:
        return None
    # In whole numbers: begun_before / before - begun_lately / lately >= POINTS / 100.
    lost = 100 * (before.begun * lately.asked - lately.begun * before.asked)
    if lost < POINTS * before.asked * lately.asked:
        return None
    # At least twice the failures that the rate of before makes one expect, and three more.
    if lately.failed * before.asked < 2 * before.failed * lately.asked + 3 * before.asked:
        return None
    evidence = {
        "asked": lately.asked,
        "begun": lately.begun,
        "percent": str(lately.percent),
        "asked_before": before.asked,
        "percent_before": str(before.percent),
        "hours": LATELY // timedelta(hours=1),
    }
    return Signal(Rule.SUCCESS_DROPPED, about, subject_id, evidence)


def connector_flaps(*, location_key: str, evse_key: str, broke_at: Sequence[datetime], now: datetime) -> Signal | None:
    """Say that an EVSE keeps breaking and coming back."""
    times = sorted(each for each in broke_at if now - FLAP_WINDOW < each <= now)
    if len(times) < FLAPS:
        return None
    evidence = {
        "evse": evse_key,
        "broke": len(times),
        "hours": FLAP_WINDOW // timedelta(hours=1),
        "first_at": times[0].isoformat(),
        "last_at": times[-1].isoformat(),
    }
    return Signal(Rule.FLAPPING, About.SITE, location_key, evidence)


def site_silent(
    *, location_key: str, heard_at: datetime | None, partner_heard_at: datetime | None, charges: int, now: datetime
) -> Signal | None:
    """Say that nothing is heard of a busy site while its operator goes on telling of others.

    ``charges`` began there within ``BUSY_WINDOW``. An operator that is silent as a whole is the partner's probe's.
    """
    if heard_at is None or partner_heard_at is None or charges < BUSY:
        return None
    if now - heard_at < SILENCE or now - partner_heard_at >= SILENCE // 4:
        return None
    evidence = {
        "heard_at": heard_at.isoformat(),
        "partner_heard_at": partner_heard_at.isoformat(),
        "charges": charges,
        "days": BUSY_WINDOW // timedelta(days=1),
    }
    return Signal(Rule.SILENT, About.SITE, location_key, evidence)
