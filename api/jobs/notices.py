"""Tasks that write to drivers, apps and partners."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.charging.price_tell import tell_price_step
from api.services.deferral import Job
from api.services.finance.credit_of_staff import issue_note_of_credit, issue_note_of_refund
from api.services.finance.mails import send_mail
from api.services.finance.receipts import issue_receipt
from api.services.notices.deliver import deliver_notice
from api.services.reconciliation.partner_letters import send_letter_to_partner
from api.services.support.unlock_steps import tell_unlock
from api.services.webhooks.send import send_webhook


async def receipt(context: JobContext, charging_session_id: str) -> None:
    """Write the receipt of a settled charge."""
    world = world_of(context)
    async with world.work() as db:
        await issue_receipt(
            db=db, ports=world.ports, now=world.ports.clock.now(), charging_session_id=charging_session_id
        )


async def credit_note(context: JobContext, credit_id: str | None = None, refund_id: str | None = None) -> None:
    """Write the credit note of what staff waived, by a credit or by a refund at the processor."""
    world = world_of(context)
    now = world.ports.clock.now()
    async with world.work() as db:
        if credit_id is not None:
            await issue_note_of_credit(db=db, ports=world.ports, now=now, credit_id=credit_id)
        if refund_id is not None:
            await issue_note_of_refund(db=db, ports=world.ports, now=now, refund_id=refund_id)


async def mail(context: JobContext, mail_id: str) -> None:
    """Send a mail about a paper."""
    world = world_of(context)
    await send_mail(work=world.work, ports=world.ports, mail_id=mail_id)


async def partner_letter(context: JobContext, letter_id: str) -> None:
    """Send a letter to a partner."""
    world = world_of(context)
    await send_letter_to_partner(work=world.work, ports=world.ports, letter_id=letter_id)


async def deliver(context: JobContext, delivery_id: str) -> None:
    """Send a notice to one device or address."""
    world = world_of(context)
    await deliver_notice(work=world.work, ports=world.ports, delivery_id=delivery_id)


async def price_rise(context: JobContext, charging_session_id: str, rise_at: str) -> None:
    """Tell a driver that charging on will cost more."""
    world = world_of(context)
    await tell_price_step(work=world.work, ports=world.ports, charging_session_id=charging_session_id, rise_at=rise_at)


async def webhook(context: JobContext, delivery_id: str) -> None:
    """Send an event to an app's back end."""
    world = world_of(context)
    await send_webhook(work=world.work, ports=world.ports, delivery_id=delivery_id)


async def unlock_told(context: JobContext, command_id: str) -> None:
    """Tell a driver what came of unlocking."""
    world = world_of(context)
    await tell_unlock(work=world.work, ports=world.ports, command_id=command_id)


TASKS: dict[Job, Task] = {
    Job.ISSUE_RECEIPT: receipt,
    Job.ISSUE_CREDIT_NOTE: credit_note,
    Job.SEND_MAIL: mail,
    Job.SEND_PARTNER_LETTER: partner_letter,
    Job.DELIVER_NOTICE: deliver,
    Job.WATCH_PRICE: price_rise,
    Job.SEND_WEBHOOK: webhook,
    Job.TELL_UNLOCK: unlock_told,
}
