"""The processor's events, each handed to whoever looks at the object that it is about.

An event is a hint to look, never a fact by itself (payments.md 1.2). A new kind of object is a row in ``HANDLERS``.
"""

from collections.abc import Awaitable, Callable

from sqlmodel import select

from api.models.payment import HoldRow, ProcessorEventRow
from api.ports import Ports
from api.services.charging.disputes import look_at_dispute
from api.services.charging.findings import open_finding
from api.services.charging.look import look_at_hold, resolve_hold
from api.services.charging.look_payin import look_at_payin
from api.services.charging.refund_news import (
    charge_id_of_payment,
    is_our_payment,
    look_at_refund,
    look_at_refunds_of,
)
from api.services.charging.stray import charge_in_doubt, release_stray
from api.services.deferral import Job, defer_once
from api.services.drivers.cards_follow import follow_card_event
from api.services.wallet.payout_look import look_at_payout
from api.services.work import Work

Handler = Callable[[Work, Ports, ProcessorEventRow], Awaitable[bool]]
"""Looks at what an event is about; False: the processor is away, and the sweep asks again."""


async def _payment(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Look at the hold, or let go of an intent that our hold does without; refunds of a charge are looked at too."""
    intent_id = event.payment_intent_id
    async with work() as db:
        query = select(HoldRow.id).where(HoldRow.payment_intent_id == intent_id)
        known = intent_id is not None and (await db.exec(query)).first() is not None
    if not known or intent_id is None:
        return await _no_hold(work, ports, event)
    if not await look_at_hold(
        work=work, ports=ports, payment_intent_id=intent_id, source="webhook", reference=event.id
    ):
        return False
    return event.type != "charge.refunded" or await look_at_refunds_of(
        work=work, ports=ports, payment_intent_id=intent_id
    )


async def _no_hold(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Look at a payment beside a hold; what is none of ours either may be an intent that we gave up as lost."""
    if event.payment_intent_id is not None:
        looked = await look_at_payin(work=work, ports=ports, payment_intent_id=event.payment_intent_id)
        if looked is False:
            return False
        if looked:
            refunded = event.type == "charge.refunded"
            return not refunded or await look_at_refunds_of(
                work=work, ports=ports, payment_intent_id=event.payment_intent_id
            )
    return await _unknown_intent(work, ports, event)


async def _unknown_intent(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Find the hold that an event tells of before we know its intent, or let the intent go if no hold needs it."""
    in_doubt = await charge_in_doubt(work=work, event=event)
    if in_doubt is not None:
        await resolve_hold(work=work, ports=ports, charging_session_id=in_doubt)
    return await release_stray(work=work, ports=ports, event=event)  # what was found may be another intent


async def _card(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    return await follow_card_event(work=work, ports=ports, event=event) is not False


async def _payout(work: Work, _ports: Ports, event: ProcessorEventRow) -> bool:
    """Leave a payout to finance, who live a floor above."""
    if event.object_id is not None:
        async with work() as db:
            await defer_once(db, Job.TAKE_IN_PAYOUT, once=event.object_id, payout_id=event.object_id)
    return True


async def _refund(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Look at a refund of a wallet, else at one of a charge."""
    if event.object_id is None:
        return True
    looked = await look_at_payout(work=work, ports=ports, processor_refund_id=event.object_id)
    if looked is not None or not await _is_ours(work, event):
        return looked is not False
    return await look_at_refund(work=work, ports=ports, processor_refund_id=event.object_id)


async def _dispute(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    if event.object_id is None or not await _is_ours(work, event):
        return True
    return await look_at_dispute(
        work=work, ports=ports, processor_dispute_id=event.object_id, source="webhook", reference=event.id
    )


async def _fraud_warning(work: Work, ports: Ports, event: ProcessorEventRow) -> bool:
    """Tell finance that a card network expects a dispute: a refund now may spare its fee. It moves no money itself."""
    async with work() as db:
        if event.payment_intent_id and await is_our_payment(db=db, payment_intent_id=event.payment_intent_id):
            await open_finding(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                reason="early_fraud_warning",
                subject=event.object_id or event.id,
                charging_session_id=await charge_id_of_payment(db=db, payment_intent_id=event.payment_intent_id),
                detail={"payment_intent_id": event.payment_intent_id},
            )
    return True


async def _is_ours(work: Work, event: ProcessorEventRow) -> bool:
    """Say whether an event may be about a payment of ours; one that names none must be looked at."""
    if event.payment_intent_id is None:
        return True
    async with work() as db:
        return await is_our_payment(db=db, payment_intent_id=event.payment_intent_id)


HANDLERS: dict[str, Handler] = {
    "payment_intent": _payment,
    "charge": _payment,
    "refund": _refund,
    "dispute": _dispute,
    "radar.early_fraud_warning": _fraud_warning,
    "payout": _payout,
    "payment_method": _card,
    "setup_intent": _card,
    "customer": _card,
}
"""By the processor's word for the object. Events about anything else are kept, and nothing is looked at."""


async def handle_processor_event(*, work: Work, ports: Ports, event_id: str) -> None:
    """Handle one stored event; while the processor is away it stays unhandled, and the sweep asks again."""
    async with work() as db:
        event = await db.get(ProcessorEventRow, event_id)
    if event is None or event.handled_at is not None:
        return
    handler = HANDLERS.get(event.object_kind)
    if handler is not None and not await handler(work, ports, event):
        return
    async with work() as db:
        stored = await db.get_one(ProcessorEventRow, event_id)
        stored.handled_at = ports.clock.now()
        db.add(stored)
