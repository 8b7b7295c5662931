"""Numbers as every version of OCPI writes them, and the parts of a charging period that no version changed."""

from decimal import Decimal
from typing import Any

from sandbox.cpo.model import LiveSession
from sandbox.cpo.periods import Slice

Json = dict[str, Any]

_TENTH_OF_A_MICROHOUR = Decimal("0.0000000001")


def number(value: Decimal) -> Decimal:
    """Return ``value`` without trailing zeros and never in exponent notation."""
    return Decimal(format(value.normalize(), "f"))


def hours(seconds: int) -> Decimal:
    """Return seconds as hours, ten decimals."""
    return number((Decimal(seconds) / 3600).quantize(_TENTH_OF_A_MICROHOUR))


def dimensions(piece: Slice) -> list[Json]:
    """CdrDimensions: energy and time while charging, parking time afterwards."""
    if piece.parking:
        return [{"type": "PARKING_TIME", "volume": hours(piece.seconds)}]
    return [{"type": "ENERGY", "volume": number(piece.kwh)}, {"type": "TIME", "volume": hours(piece.seconds)}]


def currency(live: LiveSession) -> str:
    """Currency of the session's tariff; euro where nothing is to pay."""
    return str(live.tariff["currency"]) if live.tariff is not None else "EUR"


def total_energy(slices: list[Slice]) -> Decimal:
    """Energy of all slices, in kWh."""
    return number(sum((piece.kwh for piece in slices), Decimal(0)))


def parked(slices: list[Slice]) -> int:
    """Seconds of all slices without energy."""
    return sum(piece.seconds for piece in slices if piece.parking)
