"""``chargehand retail``: the book of our own prices. Rules are added and ended, never changed."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from api.domain.ids import PartyId
from api.domain.money import Money, format_money
from api.domain.pricing.retail_snapshot import retail_to_json
from api.domain.pricing.rulebook import RetailTerms

retail_app = typer.Typer(no_args_is_help=True, help="Our own prices: markups and fees, dated, never retroactive.")


def _moment(text: str) -> datetime:
    """Read a moment; without its zone nobody would know when a price changes."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text} is no moment like 2026-07-01T00:00+02:00") from wrong
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text} has no zone; write it like 2026-07-01T00:00+02:00")
    return moment


def _number(text: str) -> Decimal:
    """Read an exact number."""
    try:
        return Decimal(text)
    except InvalidOperation as wrong:
        raise typer.BadParameter(f"{text} is not a number") from wrong


def _party(text: str) -> PartyId:
    """Read a network as it is printed in lists."""
    country_code, _, party_id = text.partition("-")
    if (len(country_code), len(party_id)) != (2, 3):
        raise typer.BadParameter(f"{text} is no network like DE-ABC")
    return PartyId(country_code, party_id)


def _upper(text: str) -> str:
    """Read a code of a country or currency, however it is typed."""
    return text.upper()


@retail_app.command("add")
def retail_add(
    markup: Annotated[Decimal, typer.Option(parser=_number, help="Percent on the partner's prices.")] = Decimal(0),
    session_fee_minor: Annotated[int, typer.Option(help="Our fee a session: minor units, tax inside.")] = 0,
    minute_fee: Annotated[
        Decimal, typer.Option(parser=_number, help="Our fee a started minute: major units, tax inside.")
    ] = Decimal(0),
    free_minutes: Annotated[int, typer.Option(help="The first minutes of a stay, which carry no fee.")] = 0,
    party: Annotated[PartyId | None, typer.Option(parser=_party, help="The network, like DE-ABC.")] = None,
    country: Annotated[str | None, typer.Option(parser=_upper, help="Where the charger is: three letters.")] = None,
    tariff: Annotated[str | None, typer.Option(help="The id of one tariff of the network.")] = None,
    currency: Annotated[str | None, typer.Option(parser=_upper, help="Of the charge; a fee needs one.")] = None,
    starts_at: Annotated[datetime | None, typer.Option(parser=_moment, help="From when on; now if left out.")] = None,
    ends_at: Annotated[datetime | None, typer.Option(parser=_moment, help="Up to when; open if left out.")] = None,
) -> None:
    """Add a rule; what is left out of party, country, tariff and currency is any.

    A markup that differs between countries or currencies is refused, so begin with one for all of them.
    """
    from api.cli.world import console, run, world
    from api.services.prices.add import add_terms

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            terms = RetailTerms(
                starts_at=starts_at or now,
                ends_at=ends_at,
                party=party,
                country=country,
                tariff_id=tariff,
                currency=currency,
                markup_percent=markup,
                session_fee_minor=session_fee_minor,
                minute_fee=minute_fee,
                free_minutes=free_minutes,
            )
            stored = await add_terms(db=db, ports=ports, now=now, terms=terms)
        console.print(f"{stored.id} counts from {stored.starts_at:%Y-%m-%d %H:%M %Z} on.")

    run(go())


@retail_app.command("list")
def retail_list() -> None:
    """List every rule that there ever was, oldest first; times are UTC."""
    from api.cli.world import console, run, world
    from api.services.prices.queries import all_terms

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            book = await all_terms(db)
        for terms in book:
            scope = " ".join(str(each) for each in terms.scope if each is not None)
            console.print(f"{terms.id}  {scope or 'all'}")
            until = f"{terms.ends_at:%Y-%m-%d %H:%M}" if terms.ends_at else "open"
            console.print(f"  {terms.starts_at:%Y-%m-%d %H:%M} to {until}: {_said(terms)}", soft_wrap=True)

    run(go())


def _said(terms: RetailTerms) -> str:
    """Return what a rule does, in words."""
    said = [f"{terms.markup_percent:f} % markup"]
    if terms.currency is not None and terms.session_fee_minor:
        said.append(f"{format_money(Money(terms.session_fee_minor, terms.currency))} a session")
    if terms.minute_fee:
        said.append(f"{terms.minute_fee:f} {terms.currency} a minute")
    if terms.free_minutes:
        said.append(f"no fee in the first {terms.free_minutes} minutes")
    return ", ".join(said)


@retail_app.command("end")
def retail_end(
    terms_id: str,
    at: Annotated[datetime, typer.Argument(parser=_moment, help="A moment to come, like 2026-07-01T00:00+02:00.")],
) -> None:
    """End a rule at a moment to come; at the moment of its own start it never counts."""
    from api.cli.world import console, run, world
    from api.services.prices.end import end_terms

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            await end_terms(db=db, now=ports.clock.now(), terms_id=terms_id, ends_at=at)
        console.print(f"{terms_id} counts until {at.isoformat()}.")

    run(go())


@retail_app.command("show")
def retail_show(connector_id: Annotated[str, typer.Argument(help="Our public id of a connector, con_...")]) -> None:
    """Show what our own rules make of a charge that starts at a connector now."""
    from api.cli.world import console, run, world
    from api.services.charging.quote_place import retail_at_connector

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            rule = await retail_at_connector(
                db=db, policy=ports.policy, now=ports.clock.now(), connector_public_id=connector_id
            )
        for name, value in retail_to_json(rule).items():
            console.print(f"{name:<15}{'unknown' if value is None and name == 'vat_percent' else value}")

    run(go())
