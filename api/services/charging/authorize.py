"""Real-time authorization: whether a token may charge now, which for a pass asks who would pay (OCPI 2.2.1 ch. 12.3).

A token made for one charge is good until that charge is over. A pass is good while it is valid, passes are let charge
at all in this installation, and its driver could start in the app and pay. The hold itself is placed when the session
is told (``by_pass.py``): a card that is shown and taken away again must not block money, and no post waits for a bank.
So a driver whose charge by pass nothing secures gets no second yes until that one is paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import BEFORE_START, HoldStatus
from api.domain.currency import currency_of
from api.domain.errors import Conflict, Invalid
from api.domain.finance.payer import Payer
from api.domain.ids import Prefix
from api.domain.language import language_of
from api.domain.money import Money
from api.domain.pricing.hold_rule import standard_hold
from api.domain.roaming.token import Allowed, AuthorizationInfo, LocationReferences, TokenType
from api.models.charging import BADGE, ChargingSession
from api.models.driver import Driver
from api.models.location import LocationRow
from api.models.partner import Partner
from api.models.passes import DriverPass, PassAuthorization, TokenProbe
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.services.charging.authorize_texts import text_of
from api.services.charging.payers import payers_for
from api.services.drivers.standing import AccountStatus
from api.services.roaming.rows import load_locked
from api.services.roaming.tokens import PASS_TYPES, as_driver_token, token_known_to

PROBE_WINDOW = timedelta(minutes=1)
_ANSWERS: Final[Mapping[str, Allowed]] = {
    "pass_blocked": Allowed.BLOCKED,
    "token_retired": Allowed.BLOCKED,
    "wallet_blocked": Allowed.BLOCKED,
    "pass_expired": Allowed.BLOCKED,
    "passes_off": Allowed.NOT_ALLOWED,
    "account_inactive": Allowed.NOT_ALLOWED,
    "reservation_only": Allowed.NOT_ALLOWED,
    "token_used": Allowed.EXPIRED,
}
"""What is answered for a reason; all others mean that nobody would pay."""


class NotEnoughInformation(Invalid):
    """The question leaves out what the answer depends on (status 2002). Fact: ``reason``."""


class TooManyUnknownTokens(Conflict):
    """The partner asked about too many tokens that we never issued. Fact: ``retry_after_s``."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether a token may charge: the reference if so, else why not.

    ``charge_id``: the driver's own charge that runs where a pass is shown, which it may stop.
    """

    reference: str | None
    reason: str | None = None
    charge_id: str | None = None

    @property
    def allowed(self) -> Allowed:
        """Return the word for it."""
        return Allowed.ALLOWED if self.reason is None else _ANSWERS.get(self.reason, Allowed.NO_CREDIT)


async def authorize_token(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    uid: str,
    token_type: TokenType,
    place: LocationReferences | None = None,
) -> AuthorizationInfo:
    """Answer whether a token may charge now, with a reference of its own each time that a pass may.

    Raises UnknownToken, NotEnoughInformation.
    """
    row = await token_known_to(db=db, partner=partner, uid=uid, token_type=token_type)
    driver = await db.get_one(Driver, row.driver_id)
    verdict = await _verdict(db, ports, now, partner, row, driver, place)
    if row.type in PASS_TYPES:
        named_anew = verdict.reference is None or verdict.charge_id is not None
        reference = ports.randomness.new_id(Prefix.AUTHORIZATION) if named_anew else str(verdict.reference)
        db.add(_kept(reference, partner, row, verdict, place, now))
        await db.flush()
    return AuthorizationInfo(
        allowed=verdict.allowed,
        token=as_driver_token(row, ports.policy),
        authorization_reference=verdict.reference,
        text=text_of(verdict.reason, driver.language) if verdict.reason else None,
        text_language=language_of(driver.language) if verdict.reason else None,
    )


async def _verdict(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    partner: Partner,
    row: DriverTokenRow,
    driver: Driver,
    place: LocationReferences | None,
) -> _Verdict:
    """Decide by what the token is."""
    if not row.valid:
        return _Verdict(None, "pass_blocked" if row.type in PASS_TYPES else "token_retired")
    if row.type not in PASS_TYPES:
        return await _of_one_charge(db, row)
    if await _has_expired(db, row, now):
        return _Verdict(None, "pass_expired")
    running = await _charge_here(db, partner, row, place)
    if running is not None:  # shown to stop it: the app started it, and the card is of the same group
        return _Verdict(running, None, running)
    if not ports.policy.passes_enabled:
        return _Verdict(None, "passes_off")
    if driver.status != AccountStatus.ACTIVE or driver.closing_at is not None:
        return _Verdict(None, "account_inactive")
    reason = await _cannot_pay(db, ports, partner, driver, place)
    return _Verdict(None, reason) if reason else _Verdict(ports.randomness.new_id(Prefix.AUTHORIZATION))


async def _has_expired(db: AsyncSession, row: DriverTokenRow, now: datetime) -> bool:
    """Say whether the time of a pass has come, swept or not."""
    due = select(DriverPass.id).where(DriverPass.token_uid == row.uid, col(DriverPass.valid_until) <= now)
    return (await db.exec(due)).first() is not None


async def _of_one_charge(db: AsyncSession, row: DriverTokenRow) -> _Verdict:
    """Decide of a token made for one charge, whose reference is the charge; one of a reservation starts nothing.

    Its partner may know it before the hold stands, from the list of tokens: until then nobody pays.
    """
    charge = await db.get(ChargingSession, row.charging_session_id) if row.charging_session_id else None
    if charge is None:
        return _Verdict(None, "reservation_only")
    over = charge.final_at is not None or charge.freed_at is not None
    if over:
        return _Verdict(None, "token_used")
    return _Verdict(None, "hold_missing") if charge.status in BEFORE_START else _Verdict(charge.id)


async def _charge_here(
    db: AsyncSession, partner: Partner, row: DriverTokenRow, place: LocationReferences | None
) -> str | None:
    """Return the driver's charge that still occupies the one EVSE at which their pass is shown (CM23)."""
    if place is None or len(place.evse_uids) != 1:
        return None
    query = select(ChargingSession).where(
        ChargingSession.driver_id == row.driver_id,
        ChargingSession.partner_id == partner.id,
        func.upper(col(ChargingSession.location_id)) == place.location_id.upper(),
        func.upper(col(ChargingSession.evse_uid)) == place.evse_uids[0].upper(),
        col(ChargingSession.freed_at).is_(None),
        col(ChargingSession.final_at).is_(None),
    )
    found = (await db.exec(query)).first()
    return found.id if found is not None and found.status not in BEFORE_START else None


async def _cannot_pay(
    db: AsyncSession, ports: Ports, partner: Partner, driver: Driver, place: LocationReferences | None
) -> str | None:
    """Return why the driver's way of paying would refuse a start here, or None; who owes too much pays nothing.

    What is asked for is what a start from the app would be held for where nothing can be estimated.
    """
    currency = await _currency_at(db, partner, driver, place)
    usual = ports.policy.hold_defaults.get(currency) or standard_hold(currency)
    if usual is None:
        return "currency_unknown"
    options = await payers_for(db=db, policy=ports.policy, driver=driver, hold=Money(usual, currency))
    card = next(each for each in options if each.payer is Payer.CARD)
    if card.reason == "receivable_open" or await _charges_unsecured(db, driver):
        return "receivable_open"
    return next(each.reason for each in options if each.payer is Payer(driver.pay_with))


async def _charges_unsecured(db: AsyncSession, driver: Driver) -> bool:
    """Say whether a charge that a pass of the driver began has no hold, and runs yet or is not paid."""
    owed = col(ChargingSession.state)["receivable"]["minor"].as_integer()
    query = select(ChargingSession.id).where(
        ChargingSession.driver_id == driver.id,
        ChargingSession.auth_channel == BADGE,
        ChargingSession.payer_type == Payer.CARD,
        ChargingSession.hold_status == HoldStatus.DECLINED,
        col(ChargingSession.final_at).is_(None) | (owed > 0),
    )
    return (await db.exec(query.limit(1))).first() is not None


async def _currency_at(db: AsyncSession, partner: Partner, driver: Driver, place: LocationReferences | None) -> str:
    """Return the currency people pay in where the pass is shown; a card can pay in any, a wallet and a fleet cannot."""
    if place is None:
        if driver.pay_with != Payer.CARD:
            raise NotEnoughInformation("location_needed", reason="location_id: needed for how this driver pays")
        return currency_of("")
    query = select(LocationRow.country).where(
        LocationRow.partner_id == partner.id, func.upper(col(LocationRow.id)) == place.location_id.upper()
    )
    return currency_of((await db.exec(query)).first() or "")


def _kept(
    reference: str,
    partner: Partner,
    row: DriverTokenRow,
    verdict: _Verdict,
    place: LocationReferences | None,
    now: datetime,
) -> PassAuthorization:
    """Return what is kept of the question and its answer."""
    return PassAuthorization(
        id=reference,
        partner_id=partner.id,
        token_uid=row.uid,
        allowed=verdict.allowed.value,
        reason=verdict.reason,
        location_id=place.location_id[:255] if place else None,
        charging_session_id=verdict.charge_id,
        at=now,
    )


async def refuse_probing(*, db: AsyncSession, ports: Ports, now: datetime, partner: Partner) -> None:
    """Raise TooManyUnknownTokens while a partner asked about too many unknown tokens within a minute (X8)."""
    probe = await db.get(TokenProbe, partner.id)
    if probe is None or probe.unknown < ports.policy.unknown_tokens_per_minute or now >= probe.since + PROBE_WINDOW:
        return
    wait = int((probe.since + PROBE_WINDOW - now).total_seconds()) + 1
    raise TooManyUnknownTokens("too_many_unknown_tokens", retry_after_s=wait)


async def count_unknown(*, db: AsyncSession, now: datetime, partner: Partner) -> None:
    """Count a question about a token that we never issued."""
    probe = await load_locked(db, TokenProbe, partner.id)
    if probe is None:
        db.add(TokenProbe(partner_id=partner.id, since=now, unknown=1))
    elif now >= probe.since + PROBE_WINDOW:
        probe.since, probe.unknown = now, 1
    else:
        probe.unknown += 1
    await db.flush()
