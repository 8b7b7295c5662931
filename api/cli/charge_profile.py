"""Charging profiles: limits on a running charge in watts or amperes, asked of the operator by staff."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.charge import charge_app

if TYPE_CHECKING:
    from api.models.smart import ProfileRequestRow

profile_app = typer.Typer(no_args_is_help=True, help="Limits on a running charge, asked of its operator.")
charge_app.add_typer(profile_app, name="profile")

By = Annotated[str, typer.Option("--by", help="Who asks: your name.")]
Charge = Annotated[str, typer.Argument(help="The charge (chs_...).")]


@profile_app.command("set")
def profile_set(
    charging_session_id: Charge,
    limits: Annotated[list[str], typer.Argument(help="SECOND=LIMIT, from second 0 on: `0=11000 3600=3700.5`.")],
    by: By,
    unit: Annotated[str, typer.Option(help="W: watts in all; A: amperes for each phase.")] = "W",
    duration: Annotated[int | None, typer.Option(help="Seconds; without it until charging ends.")] = None,
    starts_at: Annotated[datetime | None, typer.Option(help="UTC; without it relative to the start.")] = None,
    min_rate: Annotated[str | None, typer.Option(help="The least that is of use to the car.")] = None,
) -> None:
    """Limit a running charge: at most so much from each second on."""
    from datetime import UTC

    from api.cli.world import run
    from api.domain.roaming.smart import ProfilePeriod, RateUnit, profile_of

    if unit.lower() not in set(RateUnit):
        raise typer.BadParameter("W or A", param_hint="--unit")

    async def go() -> None:
        profile = profile_of(
            RateUnit(unit.lower()),
            [ProfilePeriod(second, limit) for second, limit in _parsed(limits)],
            starts_at=starts_at.replace(tzinfo=UTC) if starts_at else None,
            duration_seconds=duration,
            min_rate=_number(min_rate) if min_rate is not None else None,
        )
        await _ask(charging_session_id, by=by, profile=profile)

    run(go())


@profile_app.command("clear")
def profile_clear(charging_session_id: Charge, by: By) -> None:
    """Take our limits off a running charge."""
    from api.cli.world import run

    run(_ask(charging_session_id, by=by))


@profile_app.command("show")
def profile_show(
    charging_session_id: Charge,
    by: Annotated[str | None, typer.Option("--by", help="Ask the charger anew, as you.")] = None,
    duration: Annotated[int, typer.Option(min=1, help="Seconds from now on to ask about.")] = 3600,
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for the charger.")] = 10,
) -> None:
    """Show what was asked about a charge's profile, and what its charger plans; with --by ask it first."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.charging.profiles import active_profile, profile_requests
    from api.services.charging.queries import audited_cdrs

    async def go() -> None:
        if by is not None:
            await _ask(charging_session_id, by=by, duration_seconds=duration, wait=wait)
        async with world() as (work, _ports), work() as db:
            await audited_cdrs(db=db, charging_session_id=charging_session_id)  # a charge that nobody knows is told
            requests = await profile_requests(db, charging_session_id)
            active = await active_profile(db, charging_session_id)
        out = terminal()
        for each in requests:
            out.print(printable(_told(each)))
        if active is None:
            out.print("The charger did not say what it plans.")
            return
        out.print(f"The charger's plan of {active.calculated_at:%Y-%m-%d %H:%M:%S} UTC:")
        for line in _lines(active.profile):
            out.print(printable(f"  {line}"))

    run(go())


async def _ask(charging_session_id: str, *, by: str, wait: int = 0, **wanted: Any) -> None:
    """Send a request and say what the operator answers; wait for the charger as long as asked."""
    from api.cli.terminal import printable, terminal
    from api.cli.world import world
    from api.models.smart import ProfileRequestRow
    from api.services.charging.profiles import request_profile

    async with world() as (work, ports):
        row = await request_profile(work=work, ports=ports, charging_session_id=charging_session_id, by=by, **wanted)
        for _ in range(wait if row.answer == "accepted" else 0):
            async with work() as db:
                row = await db.get_one(ProfileRequestRow, row.id)
            if row.result is not None:
                break
            await asyncio.sleep(1)
    terminal().print(printable(_told(row)))


def _told(row: "ProfileRequestRow") -> str:
    """Return a request and what became of it as one line."""
    asked = "; ".join(_lines(row.profile)) if row.profile else ""
    what = f"{row.kind} by {row.requested_by}{': ' if asked else ''}{asked}"
    return f"{what}: operator {row.answer or 'not asked yet'}, charger {row.result or 'silent so far'}"


def _lines(profile: dict[str, Any]) -> Iterator[str]:
    """Yield a stored profile as text."""
    if profile["starts_at"]:
        yield f"from {profile['starts_at']}"
    for second, limit in profile["periods"]:
        yield f"{second} s: at most {limit} {profile['unit']}"
    if profile["duration_seconds"] is not None:
        yield f"{profile['duration_seconds']} s: over"


def _parsed(limits: Sequence[str]) -> Iterator[tuple[int, Decimal]]:
    """Yield second and limit of each ``SECOND=LIMIT``."""
    for each in limits:
        second, equals, limit = each.partition("=")
        if not equals or not second.isdecimal():
            raise typer.BadParameter(f"{each} is not SECOND=LIMIT", param_hint="LIMITS")
        yield int(second), _number(limit)


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text} is no number") from None
    if not number.is_finite():
        raise typer.BadParameter(f"{text} is no number")
    return number
