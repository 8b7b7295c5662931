"""Accepting a quote: the charge, its token and its hold are written in one transaction; the rest is jobs.

The driver's consent to the exact amount is stored (PSD2 Art. 75). One live charge per connector and per driver is
kept by the database; a double tap with the same key is handled by the face.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import HoldPlaced, Timer
from api.domain.errors import Conflict, Forbidden, Invalid, NotFound
from api.domain.finance.payer import Payer
from api.domain.ids import PartyId
from api.domain.money import Money
from api.domain.roaming.partner import parking_reading_of
from api.domain.roaming.token import TokenType
from api.models.charging import ChargingSession, Quote
from api.models.driver import Driver
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.models.partner import Partner
from api.ports import Ports
from api.services.charging.advance import announce, apply_facts
from api.services.charging.network_gate import refuse_by_network
from api.services.charging.new_charge import Beginning, new_charge
from api.services.charging.payers import PayerOption, promised_by
from api.services.charging.queries import pass_charges_at
from api.services.charging.quote_place import Place
from api.services.charging.standing_hold import take_over_hold
from api.services.charging.timers import set_timer
from api.services.drivers.signup import ACCOUNT, GUEST
from api.services.drivers.standing import refuse_unless_active
from api.services.payments.place import plan_hold
from api.services.roaming.client_info import party_away
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.tokens import issue_start_token

CONSENT_TEXT = {ACCOUNT: "hold-consent-1", GUEST: "guest-hold-consent-1"}
"""Version of the text by which an app's driver, and a guest on our page, agrees to the hold."""

CHANNEL = {ACCOUNT: "app", GUEST: "guest"}
"""How the driver came to us, as every charge keeps it (CK32)."""

TOKEN_OF = {ACCOUNT: TokenType.APP_USER, GUEST: TokenType.AD_HOC_USER}
"""What partners are told of the driver."""


class UnknownQuote(NotFound):
    """No such quote of this driver."""


class QuoteExpired(Conflict):
    """The quote ran out or was used; ask for a fresh one."""


class ConsentDiffers(Invalid):
    """The driver agreed to another amount than the quote's hold. Facts: ``amount_minor``, ``currency``."""


class PriceUnknown(Forbidden):
    """The operator published no price and the driver did not agree to that."""


class ConnectorBusy(Conflict):
    """Another live charge of ours occupies the connector."""


class DriverBusy(Conflict):
    """The driver has another live charge: the app finds it at ``/v1/charging-sessions/active``."""


async def start_charging(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    quote_id: str,
    consent_amount_minor: int,
    consent_currency: str,
    accept_unknown_price: bool = False,
    pay_with: Payer | None = None,
) -> ChargingSession:
    """Turn a quote into a charge whose hold is being placed, or stands already from a start that just failed.

    Whoever the driver pays with, or usually does, keeps the promise of the hold.

    Raises UnknownQuote, QuoteExpired, ConsentDiffers, PriceUnknown, ConnectorBusy, DriverBusy, NoCardSaved,
    ReceivableOpen, WalletCannotPay, NotAFleetMember, PaymentUnavailable, AccountNotActivated, AccountClosing,
    NotStartable, PassNotActivated.
    """
    refuse_unless_active(driver)
    quote = await db.get(Quote, quote_id, with_for_update=True)
    if quote is None or quote.driver_id != driver.id:
        raise UnknownQuote("unknown_quote")
    if quote.accepted_at is not None or quote.expires_at <= now:
        raise QuoteExpired("quote_expired", reason="used" if quote.accepted_at is not None else "too_old")
    payer, wanted = pay_with or Payer(driver.pay_with), Money(quote.hold_minor, quote.currency)
    promised = await promised_by(db=db, ports=ports, now=now, driver=driver, payer=payer, hold=wanted)
    hold = promised.hold or wanted
    if (consent_amount_minor, consent_currency.upper()) != (hold.minor, hold.currency):
        raise ConsentDiffers("consent_differs", amount_minor=hold.minor, currency=hold.currency)
    if quote.tariff is None and not accept_unknown_price:
        raise PriceUnknown("price_unknown")
    quote.accepted_at = now
    db.add(quote)
    charge = await _charge_of(db, ports, now, driver, quote, promised)
    await _store(db, charge)
    await _secure(db, ports, now, driver, charge, promised.payer_id)
    return charge


async def _secure(
    db: AsyncSession, ports: Ports, now: datetime, driver: Driver, charge: ChargingSession, payer_id: str | None
) -> None:
    """Make the token of a charge, then take over the hold of a start that just failed here, or plan one.

    The hold is of exactly what the driver agreed to.
    """
    kind, uid = TOKEN_OF[driver.kind], charge.token_uid
    issue_start_token(
        db=db, ports=ports, now=now, driver=driver, charging_session_id=charge.id, uid=uid, token_type=kind
    )
    amount = Money(charge.hold_minor, charge.currency)
    standing = await take_over_hold(db=db, ports=ports, now=now, driver=driver, charge=charge)
    if standing is not None:
        placed = HoldPlaced(amount, standing.capture_before)
        await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=[placed])
        return
    await plan_hold(db=db, ports=ports, now=now, charge=charge, driver=driver, amount=amount, payer_id=payer_id)
    await set_timer(db=db, ports=ports, now=now, charge=charge, timer=Timer.HOLD_ANSWER)
    await announce(db=db, charge=charge, now=now)


async def _store(db: AsyncSession, charge: ChargingSession) -> None:
    """Insert the charge; the database says whether connector and driver are free of charges that we ordered."""
    if await pass_charges_at(db=db, connector_key=charge.connector_key):
        raise ConnectorBusy("connector_busy")
    try:
        async with db.begin_nested():
            db.add(charge)
            await db.flush()
    except IntegrityError as error:
        name = str(error.orig)
        if "one_live_charge_per_driver" in name:
            raise DriverBusy("driver_busy") from error
        if "one_live_charge_per_connector" in name:
            raise ConnectorBusy("connector_busy") from error
        raise


async def _place_of(db: AsyncSession, quote: Quote) -> tuple[ConnectorRow, EvseRow, LocationRow, Partner]:
    """Return where the quote is for; raises QuoteExpired when it is gone."""
    connector = await db.get(ConnectorRow, quote.connector_key)
    if connector is None:
        raise QuoteExpired("quote_expired", reason="connector_gone")
    evse = await db.get_one(EvseRow, connector.evse_key)
    location = await db.get_one(LocationRow, evse.location_key)
    partner = await db.get_one(Partner, location.partner_id)
    if partner.status != PartnerStatus.CONNECTED:
        raise QuoteExpired("quote_expired", reason="operator_not_connected")
    away = await party_away(db, partner.id, PartyId(location.country_code, location.party_id))
    if away is not None:
        raise QuoteExpired("quote_expired", reason=f"operator_{away}")
    return connector, evse, location, partner


async def _charge_of(
    db: AsyncSession, ports: Ports, now: datetime, driver: Driver, quote: Quote, promised: PayerOption
) -> ChargingSession:
    """Return the new charge with a snapshot of the place and price that the driver saw."""
    connector, evse, location, partner = await _place_of(db, quote)
    await refuse_by_network(db=db, now=now, driver=driver, location=location)
    hold = promised.hold or Money(quote.hold_minor, quote.currency)
    return await new_charge(
        db=db,
        ports=ports,
        now=now,
        beginning=Beginning(
            driver=driver,
            quote=quote,
            place=Place(connector, evse, location, parking_reading_of(partner.version, partner.parking_reading)),
            hold=hold,
            payer=promised.payer,
            channel=CHANNEL[driver.kind],
            token_uid=ports.randomness.token_uid().upper(),
            consent=_consent(quote, promised, hold, now, driver),
        ),
    )


def _consent(quote: Quote, promised: PayerOption, hold: Money, now: datetime, driver: Driver) -> dict[str, object]:
    """Return the driver's agreement to the exact amount, as it is kept."""
    consent: dict[str, object] = {
        "amount_minor": hold.minor,
        "currency": hold.currency,
        "text": CONSENT_TEXT[driver.kind],
        "at": now.isoformat(),
    }
    if driver.kind == GUEST:  # the text stood on our page, in this language; an app's text is the app's
        consent["language"] = driver.language
    reused = quote.price["hold"].get("reuses_hold")
    return consent | {"reuses_hold": reused["hold_id"]} if reused and promised.payer is Payer.CARD else consent
