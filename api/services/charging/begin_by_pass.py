"""A charge that a pass began at the post, made when its partner first tells of it: priced, secured as far as can be.

It goes the way of every charge from here on: the same price, lifecycle, bill and receipt. What differs is the hold. The
driver is not there to be asked, so a card is asked off session; where it says no, or there is none, the charge runs
unsecured up to the amount that would have been held, and its bill becomes a receivable. Whose charge it is, and whether
there may be one, is decided in ``by_pass.py``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import BegunAtPost, Fact, HoldDeclined, StopCause, Unplugged
from api.domain.finance.payer import Payer
from api.domain.money import Money
from api.models.charging import BADGE, ChargingSession
from api.models.driver import Driver
from api.models.roaming import DriverTokenRow
from api.ports import Ports
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.new_charge import Beginning, new_charge
from api.services.charging.payers import PayerOption, payers_for
from api.services.charging.quote import quote_at
from api.services.charging.quote_place import Place
from api.services.payments.place import plan_hold, refuse_hold

TERMS_OF_PASSES = "pass-terms-1"
"""Version of the terms that come with a pass: each charge with it reserves the usual amount of the place."""
OLDEST = timedelta(days=31)
"""What is dated before this began when we heard of it: no partner tells so late, and years are mistyped."""
BILLED_BEFORE_SEEN = "billed_before_seen"
"""Why nothing is held: the charge is over, and so its card is asked for what it costs and nothing else."""


@dataclass(frozen=True, slots=True)
class Use:
    """A pass at a place: whose it is, since when, and how far the charge has come by the first word of it."""

    token: DriverTokenRow
    driver: Driver
    place: Place
    starts_at: datetime
    metered: bool
    over: bool = False
    billed_until: datetime | None = None
    """When it ended by a bill that came before every session."""


async def begin_by_pass(*, db: AsyncSession, ports: Ports, now: datetime, use: Use) -> ChargingSession:
    """Make the charge of a pass, with its hold on the way or refused; raises NoHoldForCurrency."""
    began_at = use.starts_at if now - OLDEST <= use.starts_at <= now else now
    quote = await quote_at(db=db, ports=ports, now=now, driver=use.driver, place=use.place, began_at=began_at)
    quote.accepted_at = quote.expires_at = now  # by the terms of the pass: nobody else can use it
    option = await _payer(db, ports, use.driver, Money(quote.hold_minor, quote.currency))
    hold = option.hold or Money(quote.hold_minor, quote.currency)
    beginning = Beginning(
        driver=use.driver,
        quote=quote,
        place=use.place,
        hold=hold,
        payer=option.payer,
        channel=BADGE,
        token_uid=use.token.uid,
        consent={"amount_minor": hold.minor, "currency": hold.currency, "text": TERMS_OF_PASSES, "at": now.isoformat()},
        began_at=began_at,
    )
    made = await new_charge(db=db, ports=ports, now=now, beginning=beginning)
    made.unplugged_at = use.billed_until
    db.add(made)
    await db.flush()
    charge = await lock_charge(db=db, charging_session_id=made.id)
    facts: list[Fact] = [BegunAtPost(metered=use.metered, over=use.over)]
    if use.billed_until is not None:
        facts.append(Unplugged(StopCause.UNKNOWN))
    refusal = await _secure(db, ports, now, charge, use, option, hold)
    if refusal is not None:
        facts.append(HoldDeclined(refusal))
    await apply_facts(db=db, ports=ports, now=now, charge=charge, facts=facts)
    return charge


async def _payer(db: AsyncSession, ports: Ports, driver: Driver, hold: Money) -> PayerOption:
    """Return what the driver usually pays with; a wallet or fleet that is none of this place leaves their card."""
    options = {each.payer: each for each in await payers_for(db=db, policy=ports.policy, driver=driver, hold=hold)}
    usual = options[Payer(driver.pay_with)]
    absent = usual.reason in {"not_a_fleet_member", "no_wallet_for_currency"}
    return options[Payer.CARD] if absent else usual


async def _secure(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    charge: ChargingSession,
    use: Use,
    option: PayerOption,
    hold: Money,
) -> str | None:
    """Plan the hold of a charge that runs already; return why there is none.

    What the driver owes besides keeps a card from a start, but not from securing what is running.
    """
    reason = None if option.reason == "receivable_open" else option.reason
    if option.payer is Payer.CARD and use.billed_until is not None:
        reason = BILLED_BEFORE_SEEN
    whose = {"charge": charge, "driver": use.driver, "amount": hold, "payer_id": option.payer_id}
    if reason is not None:
        await refuse_hold(db=db, ports=ports, now=now, code=reason, **whose)  # type: ignore[arg-type]
        return reason
    await plan_hold(db=db, ports=ports, now=now, on_session=False, **whose)  # type: ignore[arg-type]
    return None
