"""Reading all that the checks need: the driver's means, their pass, incidents, the site, the running charge."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.facts import Timer
from api.domain.charging.guide import QUIET_BEFORE_HINT, may_be_scheduled
from api.domain.charging.state import RUNNING, STARTING, STOPPING, ChargingStatus
from api.domain.currency import EURO, currency_of
from api.domain.money import Money
from api.domain.pricing.hold_rule import standard_hold
from api.domain.roaming.ways import CARD_READER
from api.domain.support.checks import Known, Means
from api.domain.support.diagnose import Situation, Symptom
from api.models.charging import ChargingSession, ChargingTimer
from api.models.driver import Driver
from api.models.location import ConnectorRow
from api.ports import Ports
from api.services.charging.payers import PayerOption, payers_for
from api.services.diagnosis.place import Site, site_of
from api.services.drivers.contacts import Contact, Who, contact_for
from api.services.roaming.driver_passes import PassView, passes_of_driver
from api.services.status.incidents import open_incidents_for
from api.services.status.words import Component
from api.services.wallet.account import wallets_of

BADGE = "badge"
_NOT_CHARGING = frozenset({Component.NOTICES, Component.MAP_DATA})
"""Components of ours without which cars charge all the same: late mails are no reason to wait for us."""
_STARTS = (Timer.START_RESULT, Timer.LATE_SESSION_GRACE)
"""Clocks that run while a start is out."""
_NOT_THERE = frozenset({"no_card_saved", "not_a_fleet_member", "no_wallet_for_currency"})


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out: for the checks, for the plan, and for what a person is told."""

    known: Known
    situation: Situation
    site: Site | None
    operator: Contact
    issuer: Contact | None
    passes: tuple[PassView, ...]


async def look(
    *,
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    symptom: Symptom,
    charge: ChargingSession | None,
    connector_id: str | None,
) -> Looked:
    """Look at everything once; nothing is written."""
    site = await _site(db, ports, now, charge, connector_id)
    passes = tuple(await passes_of_driver(db=db, ports=ports, now=now, driver_id=driver.id))
    known = await _known(db, ports, now, driver, symptom, charge, site, passes)
    operator = _operator_at(site) or await _operator(db, ports, driver, charge, site)
    issuer = await _issuer(db, ports, driver, passes) if symptom is Symptom.BADGE else None
    situation = await _situation(db, charge, site, passes, operator, issuer)
    return Looked(known, situation, site, operator, issuer, passes)


def _operator_at(site: Site | None) -> Contact | None:
    """Return the operator of the site that it is about, if they can be reached."""
    row = site.location.location if site is not None else None
    if row is None or not (row.help_phone or row.operator_website):
        return None
    return Contact(Who.OPERATOR, "operator_of_site", row.operator_name, row.help_phone, website=row.operator_website)


async def _operator(
    db: AsyncSession, ports: Ports, driver: Driver, charge: ChargingSession | None, site: Site | None
) -> Contact:
    """Return whom the charge names, unless the driver stands elsewhere: nobody is sent to another site's operator."""
    elsewhere = site is not None and (charge is None or charge.location_key != site.location.location.key)
    if elsewhere:
        return Contact(Who.US, "operator_unknown", ports.policy.our_name)
    named = charge.id if charge is not None else None
    return await contact_for(db=db, policy=ports.policy, driver=driver, charging_session_id=named)


async def _site(
    db: AsyncSession, ports: Ports, now: datetime, charge: ChargingSession | None, connector_id: str | None
) -> Site | None:
    """Return the site of the connector that was named, else of the charge."""
    place = None
    if connector_id is None and charge is not None:
        place = charge.location_key
        query = select(ConnectorRow.public_id).where(ConnectorRow.key == charge.connector_key)
        connector_id = (await db.exec(query)).first()
    return await site_of(db=db, policy=ports.policy, now=now, location_key=place, connector_id=connector_id)


async def _known(
    db: AsyncSession,
    ports: Ports,
    now: datetime,
    driver: Driver,
    symptom: Symptom,
    charge: ChargingSession | None,
    site: Site | None,
    passes: tuple[PassView, ...],
) -> Known:
    means = await _means(db, ports, driver, charge, site)
    incidents = await open_incidents_for(db, location_id=site.location.location.key if site else None, now=now)
    here = site.here if site is not None else None
    return Known(
        payer=charge.payer_type if charge is not None else None,
        wallet=means["wallet"],
        card=means["card"],
        fleet=means["fleet"],
        by_pass=symptom is Symptom.BADGE or (charge is not None and charge.auth_channel == BADGE),
        pass_refusals=_best_pass(passes),
        platform_incidents=tuple(
            str(each.id) for each in incidents if each.kind != "site" and each.subject_id not in _NOT_CHARGING
        ),
        site_incidents=tuple(str(each.id) for each in incidents if each.kind == "site"),
        evse_refusals=here.refusals if here is not None else None,
        evse_status=here.evse.status if here is not None else None,
        failing_evses=len(site.failing) if site is not None else None,
        evses=site.evses if site is not None else None,
        free_neighbors=len(site.neighbors) if site is not None else None,
        takes_nothing=_takes_nothing(charge, now),
    )


async def _means(
    db: AsyncSession, ports: Ports, driver: Driver, charge: ChargingSession | None, site: Site | None
) -> dict[str, Means]:
    currency = charge.currency if charge is not None else None
    currency = currency or (currency_of(site.location.location.country) if site is not None else EURO)
    hold = Money(charge.hold_minor if charge is not None else standard_hold(currency) or 0, currency)
    options = await payers_for(db=db, policy=ports.policy, driver=driver, hold=hold)
    wallets = {wallet.currency for wallet in await wallets_of(db=db, driver_id=driver.id)}
    return {str(each.payer): _mean(each, has_wallet=currency in wallets) for each in options}


def _mean(option: PayerOption, *, has_wallet: bool) -> Means:
    there = has_wallet if option.payer == "wallet" else option.reason not in _NOT_THERE
    return Means(there, option.reason, option.facts)


def _best_pass(passes: tuple[PassView, ...]) -> tuple[str, ...] | None:
    """Return why the pass that comes nearest to charging cannot; None: there is none."""
    return min((each.refusals for each in passes), key=len, default=None)


def _takes_nothing(charge: ChargingSession | None, now: datetime) -> bool | None:
    if charge is None or charge.status not in RUNNING or charge.charging_at is None:
        return None
    since = now - charge.charging_at
    if since < QUIET_BEFORE_HINT:
        return False
    return may_be_scheduled(ChargingStatus(charge.status), charge.kwh, since)


async def _issuer(db: AsyncSession, ports: Ports, driver: Driver, passes: tuple[PassView, ...]) -> Contact | None:
    token_uid = next((each.row.token_uid for each in passes if each.row.token_uid), None)
    found = await contact_for(db=db, policy=ports.policy, driver=driver, token_uid=token_uid)
    return found if found.who in (Who.ISSUER, Who.FLEET_MANAGER) else None


async def _situation(
    db: AsyncSession,
    charge: ChargingSession | None,
    site: Site | None,
    passes: tuple[PassView, ...],
    operator: Contact,
    issuer: Contact | None,
) -> Situation:
    running = charge is not None and charge.status in RUNNING | STARTING
    here = site.here if site is not None else None
    reader = here is None or CARD_READER in here.evse.capabilities
    failed = charge is not None and charge.status == ChargingStatus.START_FAILED
    return Situation(
        has_pass=reader and any(not each.refusals for each in passes),
        has_neighbors=bool(site is not None and site.neighbors),
        has_charge=running,
        stop_asked=charge is not None and charge.status in STOPPING,
        has_operator=operator.who is Who.OPERATOR and bool(operator.phone or operator.website),
        has_issuer=issuer is not None,
        may_unlock=charge is not None and charge.unplugged_at is None and charge.charging_at is not None,
        is_direct_current=here is not None and here.connector.power_type == "dc",
        failed_at=charge.freed_at if charge is not None and failed else None,
        locked_until=await _locked_until(db, charge) if charge is not None and charge.status in STARTING else None,
    )


async def _locked_until(db: AsyncSession, charge: ChargingSession) -> datetime | None:
    """Return when the last clock of a start that is still out runs down: until then another try meets a locked post."""
    query = select(ChargingTimer.due_at).where(
        ChargingTimer.charging_session_id == charge.id, col(ChargingTimer.timer).in_(_STARTS)
    )
    return (await db.exec(query.order_by(col(ChargingTimer.due_at).desc()))).first()
