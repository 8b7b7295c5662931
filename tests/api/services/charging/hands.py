"""A partner's hands on our commands: the secret of one, and the charger's word on it."""

from api.domain.roaming.command import CommandResult, ResultKind
from api.services.charging.observe import observe_command_result
from tests.bench import Bench
from tests.builders import a_partner


def secret_of(bench: Bench, method: str = "send_start") -> str:
    """Return the secret at the end of the address for the result of the newest command."""
    command = bench.roaming.calls_of(method)[-1].arguments[0]
    return str(command.response_url).rsplit("/", 1)[-1]  # type: ignore[attr-defined]  # a start or a stop, both have it


async def result(bench: Bench, secret: str, kind: ResultKind, *, partner_id: str = "prt_1") -> None:
    """Let a partner post the charger's word on a command."""
    partner = await a_partner(bench, partner_id=partner_id)
    async with bench.work() as db:
        await observe_command_result(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            partner=partner,
            secret=secret,
            result=CommandResult(kind),
        )
