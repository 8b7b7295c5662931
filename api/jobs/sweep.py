"""The safety net: periodic tasks that pick up what a crash or a lost message left lying.

A lost timer or operation can be late, never lost. Every sweep is harmless when two workers run it at once.
"""

import logging

from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job as StalledJob
from procrastinate.jobs import Status
from psycopg.errors import RaiseException

from api.jobs.context import world_of
from api.jobs.support import fetch_mails, sweep_cases
from api.services.accounts.sweep import sweep_accounts
from api.services.charging.learn import learn_times
from api.services.charging.look_payin import sweep_payins
from api.services.charging.milestones import sweep_milestones
from api.services.charging.reservations import sweep_reservations
from api.services.charging.sweep import sweep_cdrs, sweep_events, sweep_operations, sweep_timers
from api.services.charging.sweep_afterwards import sweep_afterwards
from api.services.charging.sweep_alarms import sweep_captures_at_risk
from api.services.deferral import Job, Queue
from api.services.drivers.cards_remove import sweep_removals
from api.services.drivers.customer_forget import sweep_forgetting
from api.services.finance.mails import sweep_mails
from api.services.finance.payouts_sweep import sweep_balance
from api.services.finding.scores import count_scores
from api.services.finding.watches import forget_watches, tell_what_became_free
from api.services.finding.words import read_unread_places
from api.services.guests.sweep import sweep_visits
from api.services.notices.deliver import sweep_deliveries
from api.services.reconciliation.audit_check import check_log
from api.services.reconciliation.audit_seal import seal_actions
from api.services.reconciliation.findings_sweep import sweep_findings
from api.services.reconciliation.mirror_turns import ask_for_copy
from api.services.reconciliation.partner_letters import sweep_letters_to_partners
from api.services.reconciliation.run import NIGHTLY, Wish, reconcile
from api.services.roaming.client_info import ask_for_client_info
from api.services.roaming.forgetting import forget_what_is_old
from api.services.roaming.pass_push import sweep_pushes
from api.services.roaming.pass_steps import expire_due_passes
from api.services.roaming.pulls import ask_for_pull
from api.services.roaming.queries import connected_partners
from api.services.roaming.rotate import rotate_what_is_due
from api.services.staff.signin import sweep_staff_sessions
from api.services.status.record import forget_probes
from api.services.status.signals import notice_trouble
from api.services.status.snapshot import publish_snapshot
from api.services.status.watch import watch
from api.services.support.complaint_sweep import sweep_complaints
from api.services.support.from_signals import cases_of_signals
from api.services.support.unlock_steps import sweep_unlocks
from api.services.wallet.payout_look import sweep_payouts
from api.services.webhooks.send import sweep_webhooks

_PULLED_DAILY = (Job.PULL_SESSIONS, Job.PULL_CDRS, Job.PULL_TARIFFS, Job.PULL_LOCATIONS, Job.PULL_INVOICES)
_log = logging.getLogger(__name__)


def add_sweeps(app: App, *, sweep_seconds: int, stalled_seconds: float) -> None:
    """Add the periodic tasks, run every ``sweep_seconds`` of wall time (1 to 59), to the job engine."""
    every = f"* * * * * */{sweep_seconds}"

    async def sweep_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
        """Give jobs of dead workers to living ones."""
        await retry_stalled(context.app, stalled_seconds)

    for name, cron, queue, lock, sweep in (
        ("sweep_charges", every, Queue.MONEY, "sweep_charges", sweep_charges),
        # Without a lock: one that died with its worker would keep all later ones, its only rescuers, from running.
        ("sweep_stalled_jobs", every, Queue.ROAMING, None, sweep_stalled),
        # Without a lock, as above: a watcher that died must not blind the next. Each minute is noted once.
        ("watch_status", "* * * * *", Queue.ROAMING, None, watch_status),
        ("notice_trouble", "*/5 * * * *", Queue.BULK, "notice_trouble", look_for_trouble),
        ("sweep_watches", every, Queue.NOTICES, "sweep_watches", sweep_watches),
        ("sweep_words", every, Queue.BULK, "sweep_words", sweep_words),
        ("sweep_scores", "*/5 * * * *", Queue.BULK, "sweep_scores", sweep_scores),
        ("sweep_mails", "* * * * *", Queue.NOTICES, "sweep_mails", sweep_waiting_mails),
        ("sweep_accounts", "* * * * *", Queue.NOTICES, "sweep_accounts", sweep_all_accounts),
        ("sweep_guests", "23 * * * *", Queue.BULK, "sweep_guests", sweep_idle_guests),
        ("sweep_notices", "* * * * *", Queue.OUTGOING, "sweep_notices", sweep_notices),
        ("sweep_passes", "* * * * *", Queue.BULK, "sweep_passes", sweep_owed_passes),
        ("sweep_cases", "* * * * *", Queue.NOTICES, "sweep_cases", sweep_cases),
        ("fetch_mails", "* * * * *", Queue.OUTGOING, "fetch_mails", fetch_mails),
        ("sweep_findings", "* * * * *", Queue.BULK, "sweep_findings", sweep_all_findings),
        ("sweep_complaints", "* * * * *", Queue.MONEY, "sweep_complaints", sweep_waiting_complaints),
        ("sweep_partners", "17 3 * * *", Queue.BULK, "sweep_partners", sweep_partners),
        ("sweep_rotations", "53 * * * *", Queue.BULK, "sweep_rotations", sweep_rotations),
        ("sweep_learned", "7-59/15 * * * *", Queue.BULK, "sweep_learned", learn_from_charges),
        ("forget_what_is_old", "23 2 * * *", Queue.BULK, "forget_what_is_old", forget),
        ("mirror_processor", "11 1 * * *", Queue.BULK, "mirror_processor", mirror_nightly),
        ("check_staff_log", "53 1 * * *", Queue.BULK, "check_staff_log", check_staff_log),
        ("sweep_balance", "41 * * * *", Queue.BULK, "sweep_balance", look_through_balance),
        ("sweep_books", "37 4 * * *", Queue.BULK, "sweep_books", reconcile_nightly),
    ):
        task = app.task(name=name, queue=queue, queueing_lock=name, lock=lock, pass_context=True)(sweep)
        app.periodic(cron=cron, periodic_id=name)(task)


async def sweep_charges(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Fire clocks that ran out, resume operations, look at events, CDRs, payments, refunds and requests left lying."""
    world = world_of(context)
    await sweep_timers(work=world.work, ports=world.ports)
    await sweep_operations(work=world.work, ports=world.ports)
    await sweep_captures_at_risk(work=world.work, ports=world.ports)
    await sweep_events(work=world.work, ports=world.ports)
    await sweep_cdrs(work=world.work, ports=world.ports)
    await sweep_removals(work=world.work, ports=world.ports)
    await sweep_afterwards(work=world.work, ports=world.ports)
    await sweep_payins(work=world.work, ports=world.ports)
    await sweep_payouts(work=world.work, ports=world.ports)
    await sweep_reservations(work=world.work, ports=world.ports)
    await sweep_unlocks(work=world.work, ports=world.ports)


async def watch_status(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Look at every component, and write the snapshot that the status page is served from."""
    world = world_of(context)
    await watch(work=world.work, ports=world.ports, now=world.ports.clock.now())
    async with world.work() as db:
        await publish_snapshot(db, ports=world.ports, now=world.ports.clock.now())


async def look_for_trouble(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Notice what looks wrong before drivers complain, and have somebody look at it."""
    world = world_of(context)
    await notice_trouble(work=world.work, now=world.ports.clock.now())
    await cases_of_signals(work=world.work, ports=world.ports, now=world.ports.clock.now())


async def sweep_watches(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Tell drivers of chargers that became free."""
    world = world_of(context)
    await tell_what_became_free(work=world.work, ports=world.ports)


async def sweep_words(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Let the search find places that are new or changed."""
    world = world_of(context)
    await read_unread_places(work=world.work)


async def sweep_scores(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Count how charges went where somebody charged lately."""
    world = world_of(context)
    await count_scores(work=world.work, now=world.ports.clock.now())


async def sweep_owed_passes(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Let passes expire that are due; tell passes to partners that were away, or connected since."""
    world = world_of(context)
    await expire_due_passes(work=world.work, ports=world.ports)
    await sweep_pushes(work=world.work, ports=world.ports)


async def sweep_idle_guests(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Forget visits of guests who never charged."""
    world = world_of(context)
    await sweep_visits(work=world.work, ports=world.ports)


async def sweep_waiting_mails(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Try mails again that nobody took."""
    world = world_of(context)
    await sweep_mails(work=world.work, ports=world.ports)
    await sweep_letters_to_partners(work=world.work, now=world.ports.clock.now())


async def sweep_all_accounts(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Send letters that were left lying, delete what expired, erase accounts that are due."""
    world = world_of(context)
    await sweep_accounts(work=world.work, ports=world.ports)
    await sweep_forgetting(work=world.work, ports=world.ports)


async def sweep_notices(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Tell what charges have come to; send again what no device, mailbox or back end took."""
    world = world_of(context)
    await sweep_milestones(work=world.work, ports=world.ports)
    await sweep_deliveries(work=world.work, ports=world.ports)
    await sweep_webhooks(work=world.work, ports=world.ports)


async def sweep_all_findings(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Wake findings, follow what second persons decided, and seal the log of staff."""
    world = world_of(context)
    await sweep_findings(work=world.work, ports=world.ports)
    await seal_actions(work=world.work, now=world.ports.clock.now())


async def sweep_waiting_complaints(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the engine
    """Decide on complaints whose facts became final, and follow what second persons decided."""
    world = world_of(context)
    await sweep_complaints(work=world.work, ports=world.ports)


async def sweep_partners(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Pull all that partners push, and every hub's parties, once a day: a push may be lost, or a pull have failed."""
    world = world_of(context)
    async with world.work() as db:
        for partner in await connected_partners(db):
            for job in _PULLED_DAILY:
                await ask_for_pull(db=db, job=job, partner_id=partner.id)
    await ask_for_client_info(work=world.work)


async def sweep_rotations(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Take up rotations of partners' tokens whose answer was lost, and begin those that are due by age."""
    world = world_of(context)
    await rotate_what_is_due(work=world.work, ports=world.ports)


async def learn_from_charges(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Learn anew how long starts, first readings and bills usually take at each EVSE and network."""
    world = world_of(context)
    await learn_times(work=world.work, ports=world.ports)


async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Delete what is kept of partners, ended watches and sessions of staff for a time only, at night."""
    world = world_of(context)
    await forget_what_is_old(work=world.work, ports=world.ports, now=world.ports.clock.now())
    await forget_watches(work=world.work, now=world.ports.clock.now())
    async with world.work() as db:
        await sweep_staff_sessions(db=db, now=world.ports.clock.now())
        await forget_probes(db, now=world.ports.clock.now(), rules=world.ports.policy.status)


async def mirror_nightly(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Have what there is at the processor copied, to be compared with our books."""
    await ask_for_copy(work=world_of(context).work)


async def check_staff_log(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Prove that nobody changed the log of staff."""
    world = world_of(context)
    await check_log(work=world.work, now=world.ports.clock.now())


async def look_through_balance(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Book fees that became known late, and take in payouts whose webhooks were lost."""
    world = world_of(context)
    await sweep_balance(work=world.work, ports=world.ports)


async def reconcile_nightly(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - given by the job engine
    """Hold our holds and books against the processor's objects and the partners' bills."""
    world = world_of(context)
    await reconcile(work=world.work, ports=world.ports, wish=Wish(NIGHTLY))


async def retry_stalled(app: App, stalled_seconds: float) -> int:
    """Put jobs whose worker died back into the queue, unless their like is waiting there already; return how many.

    A job that another rescuer was faster with, or that its worker finished after all, keeps none of the others waiting.
    """
    rescued = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=stalled_seconds):
        try:
            await _rescue(app, job)
        except ConnectorException as error:
            if not isinstance(error.__cause__, RaiseException):
                raise
            _log.info("job.no_longer_stalled", extra={"job_id": job.id, "task": job.task_name})
        else:
            rescued += 1
    return rescued


async def _rescue(app: App, job: StalledJob) -> None:
    """Give one job back; a sweep whose next is waiting is dropped, since that one will do its work."""
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
