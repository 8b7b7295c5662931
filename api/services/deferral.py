"""Deferring jobs inside the caller's own transaction: a rolled-back change never leaves a job behind.

Uses Procrastinate's SQL function on our connection (house.md D8). The tasks themselves are in ``api/jobs``, one per
name below; a test proves that each name has its task.
"""

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession


class Queue(StrEnum):
    """Queues by what they carry: money waits neither behind bulk work nor for a partner that takes its time."""

    MONEY = "money"
    ROAMING = "roaming"
    NOTICES = "notices"
    BULK = "bulk"
    OUTGOING = "outgoing"
    """To devices, mailboxes and back ends of others, who may be slow: nothing of ours waits behind them."""


class Job(StrEnum):
    """Names of the deferrable tasks; a change of a name strands the jobs already stored under it."""

    PLACE_HOLD = "place_hold"
    EXTEND_HOLD = "extend_hold"
    CAPTURE_HOLD = "capture_hold"
    RELEASE_HOLD = "release_hold"
    RESOLVE_HOLD = "resolve_hold"
    REFUND_PAYMENT = "refund_payment"
    LOOK_AT_REFUND = "look_at_refund"
    LOOK_AT_DISPUTE = "look_at_dispute"
    SUBMIT_EVIDENCE = "submit_evidence"
    COUNT_AFTERWARDS = "count_afterwards"
    SETTLE = "settle"
    HANDLE_PROCESSOR_EVENT = "handle_processor_event"
    TAKE_IN_PAYOUT = "take_in_payout"
    COPY_PROCESSOR = "copy_processor"
    SEND_START = "send_start"
    SEND_STOP = "send_stop"
    SEND_PREFERENCES = "send_preferences"
    FIRE_TIMER = "fire_timer"
    PULL_SESSIONS = "pull_sessions"
    PULL_CDRS = "pull_cdrs"
    PULL_LOCATIONS = "pull_locations"
    FETCH_PLACE = "fetch_place"
    PULL_TARIFFS = "pull_tariffs"
    PULL_INVOICES = "pull_invoices"
    PUSH_PASSES = "push_passes"
    PULL_CLIENT_INFO = "pull_client_info"
    SEND_RESERVATION = "send_reservation"
    SEND_RESERVATION_CANCEL = "send_reservation_cancel"
    SEND_UNLOCK = "send_unlock"
    TELL_UNLOCK = "tell_unlock"
    ISSUE_RECEIPT = "issue_receipt"
    ISSUE_CREDIT_NOTE = "issue_credit_note"
    REMOVE_CARD = "remove_card"
    FORGET_CUSTOMER = "forget_customer"
    SEND_MAIL = "send_mail"
    SEND_LETTER = "send_letter"
    SEND_PARTNER_LETTER = "send_partner_letter"
    ANSWER_REQUEST = "answer_request"
    MAKE_EXPORT = "make_export"
    RUN_PAYIN = "run_payin"
    WATCH_PAYIN = "watch_payin"
    PAY_FROM_WALLET = "pay_from_wallet"
    RUN_WALLET_PAYOUT = "run_wallet_payout"
    DELIVER_NOTICE = "deliver_notice"
    WATCH_PRICE = "watch_price"
    SEND_WEBHOOK = "send_webhook"
    RECONCILE = "reconcile"
    JUDGE_COMPLAINT = "judge_complaint"
    SEND_CASE_MAIL = "send_case_mail"
    READ_MAIL = "read_mail"


QUEUE_OF = {
    Job.PLACE_HOLD: Queue.MONEY,
    Job.EXTEND_HOLD: Queue.MONEY,
    Job.CAPTURE_HOLD: Queue.MONEY,
    Job.RELEASE_HOLD: Queue.MONEY,
    Job.RESOLVE_HOLD: Queue.MONEY,
    Job.REFUND_PAYMENT: Queue.MONEY,
    Job.LOOK_AT_REFUND: Queue.MONEY,
    Job.LOOK_AT_DISPUTE: Queue.MONEY,
    Job.SUBMIT_EVIDENCE: Queue.MONEY,
    Job.COUNT_AFTERWARDS: Queue.MONEY,
    Job.SETTLE: Queue.MONEY,
    Job.HANDLE_PROCESSOR_EVENT: Queue.MONEY,
    Job.REMOVE_CARD: Queue.MONEY,
    Job.FORGET_CUSTOMER: Queue.MONEY,
    Job.TAKE_IN_PAYOUT: Queue.BULK,
    Job.COPY_PROCESSOR: Queue.BULK,
    Job.ISSUE_RECEIPT: Queue.NOTICES,
    Job.ISSUE_CREDIT_NOTE: Queue.NOTICES,
    Job.SEND_MAIL: Queue.NOTICES,
    Job.SEND_LETTER: Queue.NOTICES,
    Job.SEND_PARTNER_LETTER: Queue.NOTICES,
    Job.ANSWER_REQUEST: Queue.NOTICES,
    Job.MAKE_EXPORT: Queue.BULK,
    Job.RUN_PAYIN: Queue.MONEY,
    Job.WATCH_PAYIN: Queue.MONEY,
    Job.PAY_FROM_WALLET: Queue.MONEY,
    Job.RUN_WALLET_PAYOUT: Queue.MONEY,
    Job.DELIVER_NOTICE: Queue.OUTGOING,
    Job.WATCH_PRICE: Queue.NOTICES,
    Job.SEND_WEBHOOK: Queue.OUTGOING,
    Job.SEND_START: Queue.ROAMING,
    Job.SEND_STOP: Queue.ROAMING,
    Job.SEND_PREFERENCES: Queue.ROAMING,
    Job.FIRE_TIMER: Queue.ROAMING,
    Job.PULL_SESSIONS: Queue.BULK,
    Job.PULL_CDRS: Queue.BULK,
    Job.PULL_LOCATIONS: Queue.BULK,
    Job.FETCH_PLACE: Queue.BULK,
    Job.PULL_TARIFFS: Queue.BULK,
    Job.PULL_INVOICES: Queue.BULK,
    Job.PUSH_PASSES: Queue.BULK,
    Job.PULL_CLIENT_INFO: Queue.BULK,
    Job.SEND_RESERVATION: Queue.ROAMING,
    Job.SEND_RESERVATION_CANCEL: Queue.ROAMING,
    Job.SEND_UNLOCK: Queue.ROAMING,
    Job.TELL_UNLOCK: Queue.NOTICES,
    Job.RECONCILE: Queue.BULK,
    Job.JUDGE_COMPLAINT: Queue.MONEY,
    Job.SEND_CASE_MAIL: Queue.OUTGOING,
    Job.READ_MAIL: Queue.NOTICES,
}

_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(CAST(:queue AS varchar), CAST(:task AS varchar), 0,"
    " CAST(:lock AS text), NULL, CAST(:args AS jsonb), CASE WHEN :rest > 0 THEN"
    " greatest(CAST(:at AS timestamptz), now() + make_interval(secs => :rest)) ELSE CAST(:at AS timestamptz) END"
    ")::procrastinate_job_to_defer_v1])"
)


async def defer_job(
    db: AsyncSession,
    job: Job,
    *,
    lock: str | None = None,
    wall_at: datetime | None = None,
    rest_seconds: int = 0,
    **args: str | int | None,
) -> None:
    """Defer ``job`` with ``args`` when the caller commits.

    ``lock`` keeps jobs of one charge and queue from running in parallel; the engine runs jobs with one lock strictly in
    their order, so a job for later (``wall_at``) must have none, or it would hold up everything behind it. ``wall_at``
    is wall time (``Clock.wall_time``), since PostgreSQL decides when the job is due. A job that defers itself again
    lets ``rest_seconds`` of PostgreSQL's own clock pass first, or two clocks that differ would have it spin.
    """
    if lock is not None and (wall_at is not None or rest_seconds):
        raise ValueError("a job for later must not hold a lock")
    await _defer(db, job, f"{QUEUE_OF[job]}:{lock}" if lock else None, wall_at, rest_seconds, args)


async def _defer(
    db: AsyncSession, job: Job, lock: str | None, at: datetime | None, rest: int, args: dict[str, str | int | None]
) -> None:
    values = {"queue": QUEUE_OF[job], "task": job, "lock": lock, "args": json.dumps(args), "at": at, "rest": rest}
    connection = await db.connection()
    await connection.execute(_DEFER, values)


_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))")
_WAITING = text(
    "SELECT 1 FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo' AND args = CAST(:args AS jsonb) LIMIT 1"
)


async def defer_once(db: AsyncSession, job: Job, *, once: str, **args: str | int | None) -> bool:
    """Defer ``job`` unless the same one is waiting already; jobs with the same ``once`` run in turn.

    Callers of the same ``once`` wait for each other here. The engine's own ``queueing_lock`` would not do: a job that
    fails while another waits could not be put back for its retry, and would block that lock for ever. Return whether a
    job was deferred.
    """
    lock = f"{QUEUE_OF[job]}:{job}:{once}"
    connection = await db.connection()
    await connection.execute(_ALONE, {"lock": lock})
    if (await connection.execute(_WAITING, {"lock": lock, "args": json.dumps(args)})).first() is not None:
        return False
    await _defer(db, job, lock, None, 0, args)
    return True
