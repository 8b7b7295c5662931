"""Taking a case in, by whatever channel: the form checked, the scene looked up, promises by contract, and whose it is.

A case about somebody else's charger is handed over to its operator, with no more than the customer agreed to
(``hand_over.py``, CK04); all others wait in the queue of their audience.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.language import language_of
from api.domain.support.case import CaseKind, Channel, Priority
from api.domain.support.forms import (
    CUSTOMER_FIELDS,
    QUEUES,
    Form,
    Topic,
    check_form,
    form_for,
    required_fields,
)
from api.domain.support.responsibility import Responsible, responsible_for
from api.domain.support.sla import SlaLevel
from api.domain.support.topics import Queue
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.models.finance import FleetMember
from api.models.support import SupportCase
from api.ports import Ports
from api.services.charging.keeps_stopping import REPORT
from api.services.drivers.signup import ACCOUNT, account_at
from api.services.support.hand_over import hand_over
from api.services.support.open import CUSTOMER, Customer, NewCase, open_case
from api.services.support.place import Scene, filled_in, scene_of_charge, scene_of_charger

_LONGEST_TITLE = 80


class UnknownCharge(NotFound):
    """There is no such charge, or not for this customer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody sent, unchecked. Of ``given`` only fields of the form are kept."""

    kind: CaseKind
    topic: str
    channel: Channel
    given: Mapping[str, str]
    language: str = "en"
    driver: Driver | None = None
    """Whose account it is, where that is proven."""
    charge: ChargingSession | None = None
    shared: frozenset[str] = field(default_factory=frozenset)
    """What the operator of the charger may be told, of ``hand_over.SHAREABLE``."""
    priority: Priority | None = None
    once_key: str | None = None
    by: str = CUSTOMER
    checked: bool = True
    """False: a mail, which is taken as it is; what its customer must still tell is asked for."""


async def take_in_case(*, db: AsyncSession, ports: Ports, now: datetime, asked: Asked) -> SupportCase:
    """Open a case and see whose it is; what was sent twice under one ``once_key`` opens one.

    Raises TopicUnknown and FormIncomplete, which names every field.
    """
    form, topic = form_for(asked.kind, asked.topic)
    given = await _complete(db, form, topic, asked)
    scene = await _scene(db, ports, asked.charge, given.get("charger", ""))
    who = responsible_for(topic, charger_known=scene.known, operated_by_us=scene.about.operated_by_us)
    theirs = asked.kind is CaseKind.DRIVER and who is Responsible.OPERATOR
    new = NewCase(
        kind=asked.kind,
        topic=topic,
        queue=Queue.OPERATORS if theirs else QUEUES[asked.kind],
        channel=asked.channel,
        customer=_customer(asked, given),
        title=_title(given["description"]),
        description=given["description"],
        priority=asked.priority or (Priority.HIGH if topic is Topic.SITE_FAULT else Priority.NORMAL),
        sla_level=await _level(db, asked),
        about=scene.about,
        detail=_detail(form, topic, asked, given, scene),
        once_key=asked.once_key,
        by=asked.by,
    )
    case = await open_case(db=db, ports=ports, now=now, new=new)
    if theirs and case.handed_over_at is None:
        await hand_over(db=db, ports=ports, now=now, case=case, scene=scene, shared=asked.shared)
    return case


def prefilled(driver: Driver | None, charge: ChargingSession | None) -> dict[str, str]:
    """Return what a form need not ask: what the account says, and what a charge tells."""
    known: dict[str, str | None] = {}
    if driver is not None and driver.kind == ACCOUNT:
        known = {"email": driver.email, "name": driver.name, "account_number": driver.account_number}
    return {name: value for name, value in known.items() if value} | (filled_in(charge) if charge else {})


def topic_of_charge(topic: str, charge: ChargingSession | None) -> str:
    """Return the topic, or that a charger keeps stopping where the charge shows just that."""
    keeps = charge is not None and REPORT in charge.guidance and topic == Topic.CHARGING_SESSION
    return Topic.KEEPS_STOPPING if keeps else topic


async def _complete(db: AsyncSession, form: Form, topic: Topic, asked: Asked) -> dict[str, str]:
    fields = form.fields(topic)
    given = {name: value for name, value in asked.given.items() if name in fields}
    known = {name: value for name, value in prefilled(asked.driver, asked.charge).items() if name in fields}
    given = known | {name: value for name, value in given.items() if value.strip()}
    if not asked.checked:
        return {"description": "…"} | given
    holder = asked.driver or (await account_at(db=db, email=given.get("email", "")) if given.get("email") else None)
    needed = required_fields(form, topic, asked.channel, holds_account=holder is not None)
    return check_form(needed, given)


async def _scene(db: AsyncSession, ports: Ports, charge: ChargingSession | None, charger: str) -> Scene:
    if charge is not None:
        return scene_of_charge(policy=ports.policy, charge=charge)
    return await scene_of_charger(db=db, policy=ports.policy, charger=charger)


async def _level(db: AsyncSession, asked: Asked) -> SlaLevel | None:
    """Return what a contract says: drivers of a fleet have what fleets have. None: what the kind has."""
    if asked.driver is None or asked.kind is not CaseKind.DRIVER:
        return None
    member = await db.exec(select(FleetMember.driver_id).where(FleetMember.driver_id == asked.driver.id))
    return SlaLevel.PLUS if member.first() else None


def _customer(asked: Asked, given: Mapping[str, str]) -> Customer:
    return Customer(
        driver_id=asked.driver.id if asked.driver else None,
        name=given.get("name", ""),
        email=given.get("email"),
        phone=given.get("phone"),
        account_number=asked.driver.account_number if asked.driver else given.get("account_number"),
        language=language_of(asked.language),
    )


def _detail(
    form: Form, topic: Topic, asked: Asked, given: Mapping[str, str], scene: Scene
) -> dict[str, str | list[str]]:
    """Return what the form asked beside the customer, and both charges of a charger that keeps stopping (CK17)."""
    fields = [name for name in form.fields(topic) if name in given and name not in CUSTOMER_FIELDS]
    detail: dict[str, str | list[str]] = {name: given[name] for name in fields}
    report = asked.charge.guidance.get(REPORT) if asked.charge else None
    if report and topic is Topic.KEEPS_STOPPING:
        detail |= {"charging_session_ids": report["charging_session_ids"], "cause": given.get("cause", report["cause"])}
    if scene.party:
        detail |= {"operator": scene.operator or scene.party, "party": scene.party}
    return detail


def _title(description: str) -> str:
    line = description.strip().split("\n", 1)[0].strip()
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1].rstrip()}…"
