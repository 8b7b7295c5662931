"""The letter for the driver's bank: the hold's passport on paper, with the references by which a bank finds it."""

from datetime import datetime

from api.domain.errors import Conflict
from api.domain.finance.hold_letter import HoldLetter
from api.domain.finance.hold_totals import HoldEventKind
from api.ports import Ports
from api.services.charging.hold_passport import HoldPassport, hold_passport
from api.services.charging.queries import charge_of_driver
from api.services.drivers.queries import driver_by_id
from api.services.work import Work


class NothingHeld(Conflict):
    """No money was ever held, so there is nothing to ask a bank about."""


async def letter_about_hold(
    *, work: Work, ports: Ports, now: datetime, driver_id: str, charging_session_id: str, language: str | None
) -> bytes:
    """Return the letter about a charge's hold as PDF, in ``language`` or else the driver's.

    Raises UnknownCharge, NoHold, NothingHeld.
    """
    async with work() as db:
        driver = await driver_by_id(db, driver_id)
        passport = await hold_passport(db=db, now=now, driver_id=driver_id, charging_session_id=charging_session_id)
        charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
        name, spoken, zone = driver.name, language or driver.language, charge.time_zone
    placed = next((step.at for step in passport.steps if step.what is HoldEventKind.PLACE_SUCCEEDED), None)
    if placed is None or passport.payment_reference is None:
        raise NothingHeld("nothing_held")
    letter = _letter(passport, passport.payment_reference, placed, ports, now, name, spoken, zone)
    return await ports.documents.hold_letter(letter)


def _letter(
    passport: HoldPassport,
    reference: str,
    placed_at: datetime,
    ports: Ports,
    now: datetime,
    name: str,
    language: str,
    zone: str,
) -> HoldLetter:
    """Return what the letter says."""
    return HoldLetter(
        language=language,
        issuer=ports.policy.issuer,
        driver_name=name,
        written_at=now,
        time_zone=zone,
        place=str(passport.place["name"]),
        authorized=passport.authorized,
        captured=passport.captured,
        placed_at=placed_at,
        released_at=passport.released_at,
        expires_at=passport.capture_before,
        card_brand=passport.card_brand,
        card_last4=passport.card_last4,
        payment_intent_id=reference,
        charging_session_id=passport.charging_session_id,
    )
