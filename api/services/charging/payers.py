"""Who can pay for a charge: the card, the wallet, the fleet; asked for the quote and again, under lock, at the start.

A wallet reserves what the card would hold, but never more than it has: the charge is stopped in time before the
reservation is used up, as on a card. What the driver consents to is what is reserved.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import Conflict
from api.domain.finance.accounts import Account
from api.domain.finance.payer import Payer, Psp
from api.domain.finance.wallet import Standing, why_not
from api.domain.money import Money
from api.domain.pricing.hold_rule import NoHoldForCurrency, standard_hold
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetAccount, FleetMember
from api.models.payment import HoldRow
from api.models.wallet import Wallet
from api.ports import Ports
from api.ports.policy import ServicePolicy
from api.services.payments.ledger import balance_of
from api.services.payments.place import NoCardSaved
from api.services.wallet.account import lock_wallet, standing_of

TOP_UP_URL = "/v1/wallet/top-ups"


class WalletCannotPay(Conflict):
    """The wallet is blocked, below zero, or has less than a start needs. Facts: ``available``, ``minimum``."""


class ReceivableOpen(Conflict):
    """The driver owes so much that no card start is allowed. Facts: ``owed``, ``limit``."""


@dataclass(frozen=True, slots=True)
class PayerOption:
    """One way to pay for a charge: what it would reserve, or why it cannot."""

    payer: Payer
    hold: Money | None
    reason: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    payer_id: str | None = None
    """Whose wallet or fleet account it is."""

    @property
    def can_start(self) -> bool:
        """Say whether a start with it would be taken on now."""
        return self.reason is None


class NotAFleetMember(Conflict):
    """No fleet pays for this driver, or not in the currency of the charge."""


_REFUSALS: dict[str, type[Conflict]] = {
    "no_card_saved": NoCardSaved,
    "receivable_open": ReceivableOpen,
    "not_a_fleet_member": NotAFleetMember,
}


async def payers_for(
    *, db: AsyncSession, policy: ServicePolicy, driver: Driver, hold: Money
) -> tuple[PayerOption, ...]:
    """Return every way in which a driver could pay for a charge that wants ``hold``, for the quote."""
    return tuple([await _option(db, policy, driver, hold, payer) for payer in (Payer.CARD, Payer.WALLET, Payer.FLEET)])


async def _option(db: AsyncSession, policy: ServicePolicy, driver: Driver, hold: Money, payer: Payer) -> PayerOption:
    """Return one way to pay."""
    if payer is Payer.CARD:
        return await _card(db, policy, driver, hold)
    if payer is Payer.FLEET:
        return await _fleet(db, driver, hold)
    standing = await _standing_for_start(db, driver, hold.currency)
    wallet = await db.get(Wallet, (driver.id, hold.currency))
    return _wallet(policy, driver, standing, hold, blocked=wallet is not None and wallet.blocked)


async def promised_by(
    *, db: AsyncSession, ports: Ports, now: datetime, driver: Driver, payer: Payer, hold: Money
) -> PayerOption:
    """Return what ``payer`` promises for a start, with the wallet locked.

    Raises NoCardSaved, ReceivableOpen, WalletCannotPay, NotAFleetMember.
    """
    if payer is Payer.WALLET:
        await lock_wallet(db=db, now=now, driver_id=driver.id, currency=hold.currency)
    option = await _option(db, ports.policy, driver, hold, payer)  # the others would only be read
    if option.reason is not None:
        raise _REFUSALS.get(option.reason, WalletCannotPay)(option.reason, **option.facts)
    return option


async def _standing_for_start(db: AsyncSession, driver: Driver, currency: str) -> Standing:
    """Return a wallet's standing as a start would find it: what a failed start still reserves, the next one frees."""
    standing = await standing_of(db=db, driver_id=driver.id, currency=currency)
    kept = select(func.coalesce(func.sum(col(HoldRow.authorized_minor)), 0)).where(
        HoldRow.driver_id == driver.id,
        HoldRow.currency == currency,
        HoldRow.psp == Psp.WALLET,
        HoldRow.status == HoldStatus.PLACED,
        col(HoldRow.charging_session_id).in_(
            select(ChargingSession.id).where(
                ChargingSession.driver_id == driver.id, ChargingSession.status == ChargingStatus.START_FAILED
            )
        ),
    )
    freed = Money(int((await db.exec(kept)).one()), currency)
    return Standing(standing.posted, standing.reserved - freed)


async def _card(db: AsyncSession, policy: ServicePolicy, driver: Driver, hold: Money) -> PayerOption:
    """Say whether a card can start: there is one, and the driver does not owe too much already."""
    if not driver.processor_customer_id or not driver.payment_method_id:
        return PayerOption(Payer.CARD, None, "no_card_saved")
    owed = await balance_of(db=db, account=Account.RECEIVABLE, owner=driver.id, currency=hold.currency)
    limit = receivable_limit(policy, hold.currency)
    if limit is not None and owed > limit:
        return PayerOption(Payer.CARD, None, "receivable_open", {"owed": owed, "limit": limit})
    return PayerOption(Payer.CARD, hold)


def receivable_limit(policy: ServicePolicy, currency: str) -> Money | None:
    """Return how much a driver may owe and still start on a card; None: nobody said it for this currency."""
    standard = standard_hold(currency)
    minor = policy.receivable_block.get(currency, None if standard is None else 2 * standard)
    return None if minor is None else Money(minor, currency)


def _wallet(policy: ServicePolicy, driver: Driver, standing: Standing, hold: Money, *, blocked: bool) -> PayerOption:
    """Say whether the wallet can start, and what it would reserve: no more than it has (payments.md 4.28)."""
    try:
        minimum = policy.wallet.minimum_of(hold.currency)
    except NoHoldForCurrency:
        return PayerOption(Payer.WALLET, None, "no_wallet_for_currency", {"currency": hold.currency})
    reason = why_not(standing, minimum, blocked=blocked)
    if reason is None:
        return PayerOption(Payer.WALLET, min(hold, standing.available), payer_id=driver.id)
    facts: dict[str, object] = {"available": standing.available, "minimum": minimum, "top_up_url": TOP_UP_URL}
    return PayerOption(Payer.WALLET, None, reason, facts)


async def _fleet(db: AsyncSession, driver: Driver, hold: Money) -> PayerOption:
    """Say whether a fleet pays for the driver in this currency."""
    query = select(FleetAccount).join(FleetMember).where(FleetMember.driver_id == driver.id)
    fleet = (await db.exec(query)).first()
    if fleet is None or fleet.currency != hold.currency:
        return PayerOption(Payer.FLEET, None, "not_a_fleet_member")
    return PayerOption(Payer.FLEET, hold, payer_id=fleet.id)
