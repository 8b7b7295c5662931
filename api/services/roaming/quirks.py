"""Settings of single partners: how they mean and want things where the specification leaves it open or they differ."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import Invalid
from api.domain.pricing.periods import ParkingReading
from api.domain.roaming.partner import parking_reading_of
from api.models.partner import Partner
from api.services.roaming.partners import READINGS, partner_by_id

DEFAULT = "default"
_YES = {"yes": True, "no": False}


class UnknownQuirk(Invalid):
    """There is no such setting, or it has no such value. Facts: ``name``, ``values``."""


class Quirk(NamedTuple):
    """One setting: what it means, what it may be, and how it is read and written."""

    meaning: str
    values: tuple[str, ...]
    read: Callable[[Partner], str]
    write: Callable[[Partner, str], None]


def _parking(partner: Partner) -> str:
    return parking_reading_of(partner.version, partner.parking_reading).value


def _set_parking(partner: Partner, value: str) -> None:
    partner.parking_reading = None if value == DEFAULT else value


def _raw_token(partner: Partner) -> str:
    return "yes" if partner.raw_token_header else "no"


def _set_raw_token(partner: Partner, value: str) -> None:
    partner.raw_token_header = _YES.get(value, partner.version == "2.1.1")


def _reading(partner: Partner) -> str:
    return partner.token_reading or "not seen yet"


def _set_reading(partner: Partner, value: str) -> None:
    partner.token_reading = None if value == DEFAULT else value


def _shares(partner: Partner) -> str:
    return "yes" if partner.may_share_parties else "no"


def _set_shares(partner: Partner, value: str) -> None:
    partner.may_share_parties = _YES.get(value, False)


QUIRKS: Mapping[str, Quirk] = {
    "parking-reading": Quirk(
        "what it means by PARKING_TIME; default: what its version says",
        (*(reading.value for reading in ParkingReading), DEFAULT),
        _parking,
        _set_parking,
    ),
    "raw-token": Quirk(
        "whether we show it its token raw; default: as its version says",
        (*_YES, DEFAULT),
        _raw_token,
        _set_raw_token,
    ),
    "token-reading": Quirk(
        "how it shows us our token, noted at its first call; default: to be noted anew",
        (*READINGS, DEFAULT),
        _reading,
        _set_reading,
    ),
    "shared-party": Quirk(
        "whether it may be a party that another connected partner is too; default: no",
        (*_YES, DEFAULT),
        _shares,
        _set_shares,
    ),
}


async def set_quirk(*, db: AsyncSession, partner_id: str, name: str, value: str) -> Partner:
    """Change one setting of a partner. Raises UnknownPartner, UnknownQuirk."""
    quirk = QUIRKS.get(name)
    if quirk is None or value not in quirk.values:
        raise UnknownQuirk("quirk_unknown", name=name, values=list(quirk.values if quirk else QUIRKS))
    partner = await partner_by_id(db, partner_id)
    quirk.write(partner, value)
    await db.flush()
    return partner
