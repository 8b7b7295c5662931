"""Opening a case: who, with what, and what is promised to them; the same thing opens one case only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.account_number import draw_account_number
from api.domain.ids import Prefix
from api.domain.support.case import CaseEventKind, CaseKind, CaseState, Channel, Priority
from api.domain.support.sla import SlaLevel, deadlines_from, level_of_kind, promise_for
from api.models.support import SupportCase, SupportCaseEvent
from api.ports import Ports
from api.services.support.links import new_link_hash

CUSTOMER = "customer"
SERVICE = "service"
"""Who signs what a customer, or no person, did."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who needs help: an account, or what somebody without one told."""

    driver_id: str | None = None
    name: str = ""
    email: str | None = None
    phone: str | None = None
    account_number: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class About:
    """What a case is about, as far as it is known."""

    charging_session_id: str | None = None
    location_key: str | None = None
    evse_key: str | None = None
    partner_id: str | None = None
    operated_by_us: bool = False


@dataclass(frozen=True, slots=True)
class NewCase:
    """All that a case begins with (CN04)."""

    kind: CaseKind
    topic: str
    queue: str
    channel: Channel
    customer: Customer
    title: str
    description: str
    priority: Priority = Priority.NORMAL
    sla_level: SlaLevel | None = None
    """None: what the kind has without a contract."""
    about: About = About()
    detail: dict[str, Any] = field(default_factory=dict)
    once_key: str | None = None
    by: str = CUSTOMER
    public: bool = True
    """The customer knows of it; cases of rules have none to tell."""


async def open_case(*, db: AsyncSession, ports: Ports, now: datetime, new: NewCase) -> SupportCase:
    """Open a case and return it; where one was opened for the same ``once_key``, return that one."""
    values = _values(ports, now, await _free_number(db, ports), new)
    connection = await db.connection()
    once = insert(SupportCase).values(**values).on_conflict_do_nothing(index_elements=["once_key"])
    stored = (await connection.execute(once.returning(col(SupportCase.id)))).first()
    if stored is None:
        return (await db.exec(select(SupportCase).where(SupportCase.once_key == new.once_key))).one()
    db.add(
        SupportCaseEvent(
            case_id=values["id"],
            at=now,
            by=new.by,
            kind=CaseEventKind.OPENED,
            public=new.public,
            text=new.description,
            detail={"channel": str(new.channel), "level": 1},
        )
    )
    await db.flush()
    return (await db.exec(select(SupportCase).where(SupportCase.id == values["id"]))).one()


def _values(ports: Ports, now: datetime, number: str, new: NewCase) -> dict[str, Any]:
    level = new.sla_level or level_of_kind(new.kind)
    promise = promise_for(level, new.priority)
    due = deadlines_from(promise, now)
    case_id = ports.randomness.new_id(Prefix.CASE)
    return {
        "id": case_id,
        "link_hash": new_link_hash(ports.policy, case_id) if new.public else None,
        "number": number,
        "once_key": new.once_key,
        "kind": str(new.kind),
        "topic": new.topic,
        "queue": new.queue,
        "channel": str(new.channel),
        **_customer(new.customer),
        "title": new.title,
        "description": new.description,
        "priority": str(new.priority),
        "sla_level": str(level),
        "promise": promise.as_json(),
        "charging_session_id": new.about.charging_session_id,
        "location_key": new.about.location_key,
        "evse_key": new.about.evse_key,
        "partner_id": new.about.partner_id,
        "operated_by_us": new.about.operated_by_us,
        "detail": new.detail,
        "state": str(CaseState.OPEN),
        "level": 1,
        "opened_at": now,
        "opened_by": new.by,
        "first_answer_due_at": due.first_answer,
        "level_due_at": due.level,
        "solve_due_at": due.solved,
        "expected_at": due.solved,
        "reopened": 0,
        "told_up_to": 0,
        "version": 1,
        "updated_at": now,
    }


def _customer(customer: Customer) -> dict[str, Any]:
    return {
        "driver_id": customer.driver_id,
        "customer_name": customer.name,
        "customer_email": customer.email.strip().lower() if customer.email else None,
        "customer_phone": customer.phone,
        "account_number": customer.account_number,
        "language": customer.language,
    }


async def _free_number(db: AsyncSession, ports: Ports) -> str:
    """Return a number that no case has; it is in subjects of mails and is not to be guessed."""
    while True:
        number = f"C{draw_account_number(ports.randomness.secret())}"
        if not (await db.exec(select(SupportCase.id).where(SupportCase.number == number))).first():
            return number
