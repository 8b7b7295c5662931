"""Handing a case over to the operator of a charger: what is told about things, and of people what they agreed to.

The case stays open with us behind it: its clocks run, its customer follows it, and what the operator answers comes into
our mailbox. Where nobody knows how to write to the operator, the record alone is kept, and staff see that.
"""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.support.case import CaseEventKind
from api.models.support import SupportCase
from api.ports import Ports
from api.services.support.advance import Told, note_case
from api.services.support.mails import Template, queue_case_mail
from api.services.support.open import SERVICE
from api.services.support.place import Scene

SHAREABLE = ("description", "name", "contact")
"""What a customer may agree to: their words, their name, how to reach them."""


async def hand_over(
    *, db: AsyncSession, ports: Ports, now: datetime, case: SupportCase, scene: Scene, shared: frozenset[str]
) -> None:
    """Write down the hand-over of a case that was just opened, and mail it where an address is known."""
    told = dict(scene.technical) | {"topic": case.topic}
    if cause := case.detail.get("cause"):
        told["cause"] = str(cause)
    agreed = {
        "description": case.description,
        "name": case.customer_name,
        "contact": " ".join(filter(None, (case.customer_email, case.customer_phone))),
    }
    told |= {name: agreed[name] for name in SHAREABLE if name in shared and agreed[name]}
    address = ports.policy.operator_mails.get(scene.party or "")
    detail = {
        "party": scene.party,
        "operator": scene.operator or scene.party,
        "shared": sorted(told),
        "mailed": address is not None,
    }
    case.handed_over_at = now
    note_case(db, now, case, Told(CaseEventKind.HANDED_OVER, SERVICE, public=True, detail=detail))
    await db.flush()
    if address is not None:
        facts = {"told": told}
        await queue_case_mail(
            db=db, ports=ports, now=now, case=case, template=Template.OPERATOR, to=address, language="en", facts=facts
        )
