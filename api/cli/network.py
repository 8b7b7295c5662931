"""``chargehand network`` and ``issuer``: what our agreements say, and whom to ask about others' badges."""

from typing import Annotated

import typer

network_app = typer.Typer(no_args_is_help=True, help="Networks: what our agreements say of them.")
issuer_app = typer.Typer(no_args_is_help=True, help="Who issues the badges of others, and how to reach them.")
ARROW = "=>"


@network_app.command("set")
def network_set(
    country_code: Annotated[str, typer.Argument(help="Two letters, as DE.")],
    party_id: Annotated[str, typer.Argument(help="Three letters or digits, as ABC.")],
    name: Annotated[str | None, typer.Option(help="As drivers know it.")] = None,
    website: Annotated[str | None, typer.Option(help="An https address.")] = None,
    state: Annotated[str | None, typer.Option(help="live, planned or paused.")] = None,
    app_charging: Annotated[bool | None, typer.Option(help="Whether the agreement lets the app start.")] = None,
    pass_policy: Annotated[str | None, typer.Option(help="none, received or active.")] = None,
    start_sequence: Annotated[str | None, typer.Option(help="plug_first, start_first, either or unknown.")] = None,
    visual_id_rule: Annotated[
        list[str] | None, typer.Option(help="'PATTERN=>REPLACEMENT', once for each; '' forgets all.")
    ] = None,
    visual_id_hint: Annotated[list[str] | None, typer.Option(help="'LANGUAGE=WORDS', once for each.")] = None,
    visual_id_picture: Annotated[str | None, typer.Option(help="An https address.")] = None,
) -> None:
    """Write down what is different about a network; those who wait for one that is live now are told."""
    from api.cli.world import console, run, world
    from api.services.charging.network_news import write_network
    from api.services.roaming.networks import NetworkChange

    async def go() -> None:
        change = NetworkChange(
            name=name,
            website=website,
            state=state,
            app_charging=app_charging,
            pass_policy=pass_policy,
            start_sequence=start_sequence,
            visual_id_rules=_rules(visual_id_rule),
            visual_id_hints=_hints(visual_id_hint),
            visual_id_picture=visual_id_picture,
        )
        owner = {"country_code": country_code, "party_id": party_id}
        async with world() as (work, ports), work() as db:
            row, told = await write_network(db=db, ports=ports, now=ports.clock.now(), change=change, **owner)
        console.print(f"{row.country_code}-{row.party_id} {row.name}: {row.state}.", markup=False)
        if told:
            console.print(f"{told} drivers waited for it and are told.")

    run(go())


@network_app.command("list")
def network_list() -> None:
    """List the networks: those with posts, and those written down."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.roaming.networks import list_networks

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            views = await list_networks(db=db)
        table = Table("network", "name", "state", "agreement", "posts can", "pass", "changed")
        for each in views:
            row, agreed, able = each.row, "yes" if each.row.app_charging else "no", "yes" if each.capable else "no"
            changed = f"{row.updated_at:%Y-%m-%d %H:%M}"
            table.add_row(each.id[4:], row.name, row.state, agreed, able, row.pass_policy, changed)
        console.print(table)

    run(go())


@network_app.command("show")
def network_show(country_code: str, party_id: str) -> None:
    """Show all that is written down of a network."""
    from api.cli.world import console, run, world
    from api.services.roaming.networks import network_id, network_of

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            view = await network_of(db=db, public_id=network_id(country_code, party_id))
        row = view.row
        lines = {
            "name": row.name,
            "website": row.website or "",
            "state": row.state,
            "agreement lets the app start": "yes" if row.app_charging else "no",
            "posts can be started": "yes" if view.capable else "no",
            "app can charge": "yes" if view.app_charging else "no",
            "pass": row.pass_policy,
            "sequence": row.start_sequence,
            "picture": row.visual_id_picture or "",
        }
        lines |= {f"hint {language}": words for language, words in row.visual_id_hints.items()}
        for number, rule in enumerate(row.visual_id_rules, 1):
            lines[f"rule {number}"] = f"{rule['pattern']}{ARROW}{rule['replacement']}"
        for label, value in lines.items():
            console.print(f"{label}: {value}", markup=False, highlight=False)

    run(go())


@issuer_app.command("set")
def issuer_set(
    country_code: str,
    party_id: Annotated[str, typer.Argument(help="As contract ids begin: FR XYZ for FR-XYZ-C1234.")],
    name: str,
    phone: str | None = None,
    email: str | None = None,
    website: str | None = None,
) -> None:
    """Write down who issues a badge, and how to reach them."""
    from api.cli.world import console, run, world
    from api.services.drivers.contacts import set_badge_issuer

    async def go() -> None:
        reach = {"phone": phone, "email": email, "website": website}
        owner = {"country_code": country_code, "party_id": party_id}
        async with world() as (work, ports), work() as db:
            row = await set_badge_issuer(db=db, now=ports.clock.now(), name=name, reach=reach, **owner)
        console.print(f"{row.country_code}-{row.party_id}: {row.name}.", markup=False)

    run(go())


@issuer_app.command("list")
def issuer_list() -> None:
    """List who issues badges."""
    from rich.table import Table

    from api.cli.world import console, run, world
    from api.services.drivers.contacts import list_badge_issuers

    async def go() -> None:
        async with world() as (work, _ports), work() as db:
            rows = await list_badge_issuers(db=db)
        table = Table("contract ids", "name", "phone", "e-mail", "website")
        for row in rows:
            reach = (row.phone or "", row.email or "", row.website or "")
            table.add_row(f"{row.country_code}-{row.party_id}", row.name, *reach)
        console.print(table)

    run(go())


def _rules(given: list[str] | None) -> list[dict[str, str]] | None:
    """Return the rules of the options; raises NetworkInvalid."""
    from api.services.roaming.networks import NetworkInvalid

    if given is None:
        return None
    found = []
    for each in filter(None, given):
        pattern, arrow, replacement = each.rpartition(ARROW)
        if not arrow:
            raise NetworkInvalid("network_invalid", field="visual_id_rules", reason="PATTERN=>REPLACEMENT")
        found.append({"pattern": pattern, "replacement": replacement})
    return found


def _hints(given: list[str] | None) -> dict[str, str] | None:
    """Return the hints of the options; raises NetworkInvalid."""
    from api.services.roaming.networks import NetworkInvalid

    if given is None:
        return None
    parts = [each.partition("=") for each in given]
    if not all(sign and words.strip() for _, sign, words in parts):
        raise NetworkInvalid("network_invalid", field="visual_id_hints", reason="LANGUAGE=WORDS")
    return {language.strip(): words.strip() for language, _, words in parts}
