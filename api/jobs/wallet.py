"""Tasks of wallets and of payments beside a hold: taking, watching, paying a rest, paying back."""

from procrastinate import JobContext

from api.jobs.context import Task, world_of
from api.services.charging.look_payin import watch_payin
from api.services.charging.pay_from_wallet import pay_from_wallet
from api.services.charging.run_payin import run_payin
from api.services.deferral import Job
from api.services.wallet.payout_look import work_on_payout


async def take_payment(context: JobContext, operation_id: str) -> None:
    """Make, or repeat, the call of a payment."""
    world = world_of(context)
    await run_payin(work=world.work, ports=world.ports, operation_id=operation_id)


async def watch_payment(context: JobContext, payin_id: str) -> None:
    """Look what became of a payment that kept silent."""
    world = world_of(context)
    await watch_payin(work=world.work, ports=world.ports, payin_id=payin_id)


async def pay_rest(context: JobContext, charging_session_id: str) -> None:
    """Take from the wallet what its reservation did not cover."""
    world = world_of(context)
    await pay_from_wallet(work=world.work, ports=world.ports, charging_session_id=charging_session_id)


async def pay_out(context: JobContext, payout_id: str) -> None:
    """Give money of a wallet back to the card that it came from, or look what became of it."""
    world = world_of(context)
    await work_on_payout(work=world.work, ports=world.ports, payout_id=payout_id)


TASKS: dict[Job, Task] = {
    Job.RUN_PAYIN: take_payment,
    Job.WATCH_PAYIN: watch_payment,
    Job.PAY_FROM_WALLET: pay_rest,
    Job.RUN_WALLET_PAYOUT: pay_out,
}
