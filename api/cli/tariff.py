"""``chargehand tariff``: looking at tariffs without a session. It needs no database.

Lives here: showing what is found. Does not live here: the rules (``domain/pricing/lint.py``), and reading files.
"""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from api.cli.files import check_time_zone, choose_dialect, read_data, read_tariffs, saying_what_is_wrong, tariffs_in
from api.cli.terminal import printable, terminal
from api.domain.pricing.breakdown import plain

tariff_app = typer.Typer(no_args_is_help=True, help="Tariffs: find what contradicts itself.")


@tariff_app.callback()
def tariff() -> None:
    """Tariffs: find what contradicts itself."""


@tariff_app.command("lint")
def lint_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Tariff, a list of them, or a feed of locations.")],
    version: Annotated[
        str | None, typer.Option(metavar="2.1.1|2.2.1|2.3.0", help="OCPI version; seen from the file when absent.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Only checked: a tariff's clock is the charger's own anyway.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings for programs.")] = False,
) -> None:
    """Report what contradicts itself in tariffs; exit code 1 when something is an error."""
    from api.domain.pricing.lint import Severity, lint_tariffs

    with saying_what_is_wrong():
        if time_zone is not None:
            check_time_zone(time_zone)
        raw = tariffs_in(read_data(file))
        # A feed repeats a tariff on every EVSE it is for.
        tariffs = list(dict.fromkeys(read_tariffs(file, raw, choose_dialect(version, raw))))
    findings = lint_tariffs(tariffs)
    if as_json:
        shown = [{name: getattr(each, name) for name in _FIELDS} for each in findings]
        typer.echo(json.dumps({"tariffs": len(tariffs), "findings": shown}, indent=2, default=_json))
    else:
        out = terminal()
        for each in findings:
            where = each.tariff_id if each.element is None else f"{each.tariff_id}, element {each.element}"
            out.print(printable(f"{each.severity}: {where}: {each.sentence} ({each.code})"))
        counts = Counter(each.severity for each in findings)
        told = ", ".join(f"{severity.value}s {counts[severity]}" for severity in Severity)
        out.print(f"tariffs {len(tariffs)}, {told}")
    if any(each.severity is Severity.error for each in findings):
        raise typer.Exit(1)


_FIELDS = ("code", "severity", "tariff_id", "element", "facts", "sentence")


def _json(value: object) -> object:
    """Return facts that JSON has no form for as text, numbers in plain notation."""
    return plain(value) if isinstance(value, Decimal) else str(value)
