"""Roaming partners on the screen: the list, and how one of them does."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.plain import plain

if TYPE_CHECKING:
    from api.models.traffic import PartnerExchange
    from api.services.roaming.health import Delay, PartnerHealth

show_app = typer.Typer()
_ODDITIES_SHOWN = 20


@show_app.command("list")
def partner_list() -> None:
    """List partners, one a line: id, status, party, version, when its locations and CDRs were last pulled, name."""
    from api.cli.world import console, run, world
    from api.services.roaming.queries import all_partners

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await all_partners(db)
        for row in rows:  # one line each, never cut: the ids are there to be copied
            party = f"{row.country_code}-{row.party_id}" if row.party_id else "-"
            locations, cdrs = _stamp(row.locations_pulled_at), _stamp(row.cdrs_pulled_at)
            line = (
                f"{row.id}  {row.status:<12}  {party:<6}  {row.version or '-':<5}  locations {locations}  CDRs {cdrs}"
            )
            console.print(f"{line}  {row.name}", soft_wrap=True, markup=False, highlight=False)

    run(go())


@show_app.command("status")
def partner_status(
    partner_id: Annotated[
        str | None, typer.Argument(help="One partner in full; without it a line for each.", callback=plain)
    ] = None,
    exchanges: Annotated[bool, typer.Option(help="Also show the last exchanges that failed.")] = False,
) -> None:
    """Show how partners do: pushes, pulls, delays, errors, and what is odd about what they send."""
    from api.cli.world import console, run, world
    from api.services.roaming.health import health_of, last_exchanges
    from api.services.roaming.queries import all_partners

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            ids = [partner_id] if partner_id else [row.id for row in await all_partners(db)]
            found = [await health_of(db=db, now=now, partner_id=each) for each in ids]
            failed = await last_exchanges(db=db, partner_id=partner_id, failed=True) if exchanges else []
        for health in found:
            for line in _whole(health, now) if partner_id else [_line(health, now)]:
                console.print(line, soft_wrap=True, markup=False, highlight=False)
        for exchange in failed:
            console.print(_exchange(exchange), soft_wrap=True, markup=False, highlight=False)

    run(go())


def _line(health: "PartnerHealth", now: datetime) -> str:
    """Return one partner on one line."""
    last = max(health.pushed_at.values(), default=None)
    errors = " ".join(f"{name} {each.failures}/{each.exchanges}" for name, each in health.errors.items())
    findings = sum(health.open_findings.values())
    return (
        f"{health.partner.id}  {health.partner.name}  {health.partner.status}  last push {_ago(last, now)}"
        f"  failed within the hour: {errors}  open findings: {findings}"
    )


def _whole(health: "PartnerHealth", now: datetime) -> Iterator[str]:
    """Yield what is known of one partner."""
    partner = health.partner
    yield f"{partner.id}  {partner.name}  {partner.status}  {partner.country_code}-{partner.party_id}"
    yield f"OCPI {partner.version or 'not agreed'}, tokens of {_stamp(partner.registered_at)}"
    if partner.pending_since is not None:
        yield f"A rotation begun {_stamp(partner.pending_since)} has no answer yet: old and new token are accepted."
    for module, at in health.pushed_at.items():
        yield f"pushed  {module}: {_ago(at, now)}"
    for module, pulled in health.pulled_at.items():
        yield f"pulled  {module}: {_ago(pulled, now)}"
    for name, delay in health.command_delays.items():
        yield f"start to {name}: {_delay(delay)}"
    yield f"stay to CDR: {_delay(health.cdr_delay)}"
    for direction, errors in health.errors.items():
        yield f"failed within the hour, {direction}: {errors.failures} of {errors.exchanges}"
    yield f"tariffs that could not be read: {health.tariff_errors}"
    for odd in health.oddities[:_ODDITIES_SHOWN]:
        yield f"odd  {odd.module}  {odd.code}: {odd.seen} times, for example {', '.join(odd.samples[:3])}"
    for reason, count in health.open_findings.items():
        yield f"open  {reason}: {count}"


def _exchange(row: "PartnerExchange") -> str:
    """Return one exchange with its masked bodies."""
    outcome = f"HTTP {row.http_status or '-'} OCPI {row.ocpi_status or '-'} {row.problem or ''}".strip()
    bodies = "".join(f"\n  {body}" for body in (row.request, row.response) if body)
    return f"{_stamp(row.at)}  {row.direction}  {row.method} {row.path}  {outcome}  {row.duration_ms} ms{bodies}"


def _delay(delay: "Delay | None") -> str:
    return f"{delay.p50} s, 95 of 100 within {delay.p95} s ({delay.count})" if delay else "not seen"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, in the largest unit that tells it."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
