"""Receiver of command results at the addresses that we gave with the commands (OCPI 2.2.1 chapter 13)."""

from starlette.responses import Response

from api.routes.ocpi.call import Call, Paths
from api.services.charging.observe import observe_command_result
from api.services.roaming.commands import URL_WORDS, UnknownCommand


async def receive_result(call: Call) -> Response:
    """Answer POST: 404 for a secret that is not of a command to this very partner.

    The kind of command in the address is for readers only, and left out in the official paths of 2.3.0.
    """
    kind = call.request.path_params.get("kind")
    if kind is not None and kind.upper() not in URL_WORDS.values():
        raise UnknownCommand("command_unknown")
    result = call.dialect.read_command_result((await call.body()).value)
    async with call.work() as db:
        await observe_command_result(
            db=db,
            ports=call.ports,
            now=call.now,
            partner=call.partner,
            secret=call.path("secret"),
            result=result,
        )
    return call.success()


PATHS: Paths = {
    "/{secret}": {"POST": receive_result},
    "/{kind}/{secret}": {"POST": receive_result},
}
