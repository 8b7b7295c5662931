"""What a guest may do with their charge: stop it, give up, say that the bank was answered. Each may be repeated."""

import contextlib

from api.ports import Ports
from api.ports.payments import OutcomeUnknown, ProcessorRefused
from api.services.charging.confirm import confirm_hold
from api.services.charging.stop import NothingToStop, cancel_start, stop_charging
from api.services.guests.visits import visit_of_token
from api.services.work import Work


async def stop_visit(*, work: Work, ports: Ports, token: str) -> None:
    """Stop the charge of a visit, which the page had confirmed; too late it changes nothing. Raises UnknownVisit."""
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token)
        if visit.charge is not None:
            with contextlib.suppress(NothingToStop):
                await stop_charging(
                    db=db,
                    ports=ports,
                    now=ports.clock.now(),
                    driver_id=visit.guest.id,
                    charging_session_id=visit.charge.id,
                    confirmed=True,
                )


async def give_up_visit(*, work: Work, ports: Ports, token: str) -> None:
    """Give up the start of a visit: what is reserved is let go as soon as that is safe. Raises UnknownVisit."""
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token)
        if visit.charge is not None:
            await cancel_start(
                db=db,
                ports=ports,
                now=ports.clock.now(),
                driver_id=visit.guest.id,
                charging_session_id=visit.charge.id,
            )


async def answered_bank(*, work: Work, ports: Ports, token: str) -> None:
    """Look at the hold of a visit whose guest says to have answered the bank. Raises UnknownVisit."""
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token)
    if visit.charge is not None:
        with contextlib.suppress(OutcomeUnknown, ProcessorRefused):  # the sweep asks again
            await confirm_hold(work=work, ports=ports, driver_id=visit.guest.id, charging_session_id=visit.charge.id)
