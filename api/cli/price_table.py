"""A price as a table for people: a row per line, the totals, and the notes as sentences.

Numbers are shown to four decimals; ``price_json`` has the exact ones.
"""

from collections.abc import Iterator
from decimal import Decimal

from rich import box
from rich.table import Table

from api.cli.price_notes import sentence
from api.cli.terminal import printable, short, shortened, terminal
from api.domain.money import exponent
from api.domain.pricing.breakdown import LIMIT_ELEMENT, CostBreakdown, PriceLine
from api.domain.pricing.tariff import ComponentType

UNKNOWN = "unknown"
_STEP_UNITS = {ComponentType.energy: "Wh", ComponentType.time: "s", ComponentType.parking_time: "s"}


def print_price(cost: CostBreakdown, heading: str) -> None:
    """Print a price for a person."""
    out = terminal()
    table = _table(cost) if cost.lines else "Nothing in this session has a price."
    for part in (printable(heading), "", table, ""):
        out.print(part)
    out.print(f"Total excl. tax  {_total(cost.excl_vat if cost.excl_known else None, cost.currency)}")
    out.print(f"Total incl. tax  {_total(cost.incl_vat, cost.currency)}")
    if any(number != shortened(number) for number in _shown_numbers(cost)):
        out.print("Shown to four decimals; --json prints the exact numbers.")
    if cost.notes:
        out.print()
    for note in cost.notes:
        out.print(printable(f"{note.code}: {sentence(note)}"))


def _table(cost: CostBreakdown) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("Tariff", overflow="fold")  # ids may be long: they are folded before anything else is
    table.add_column("Element")
    table.add_column("Component", min_width=12)
    for name in ("Quantity", "Price", "Step", "Amount", "Rate", "Tax"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in cost.lines:
        table.add_row(*_cells(line, exponent(cost.currency)))
    return table


def _cells(line: PriceLine, decimals: int) -> tuple[str, ...]:
    """Return the cells of a row. What ``step_size`` made of a quantity stands under it, flags under the component."""
    limit = line.element_index == LIMIT_ELEMENT
    quantity = f"{short(line.quantity)} {line.unit}"
    if line.billed_quantity != line.quantity:
        quantity += f"\nbilled {short(line.billed_quantity)} {line.unit}"
    step_unit = _STEP_UNITS.get(line.component_type)
    return (
        printable(line.tariff_id),
        "-" if limit else str(line.element_index),
        "\n".join(["limit" if limit else _words(line.component_type.value), *map(_words, line.flags)]),
        "" if limit else quantity,
        "" if limit else f"{short(line.unit_price, decimals)}/{line.unit}",
        f"{line.step_size} {step_unit}" if step_unit and line.step_size else "",
        short(line.amount, decimals) + ("\ngross" if "tax_inside_unknown" in line.flags else ""),
        "" if line.vat_percent is None else f"{short(line.vat_percent)} %",
        UNKNOWN if line.tax is None else short(line.tax, decimals),
    )


def _words(code: str) -> str:
    return code.replace("_", " ")


def _shown_numbers(cost: CostBreakdown) -> Iterator[Decimal]:
    """Yield every number of the table and the totals."""
    for line in cost.lines:
        yield from (line.quantity, line.billed_quantity, line.unit_price, line.amount, line.tax or Decimal(0))
    yield from (cost.excl_vat, cost.incl_vat or Decimal(0))


def _total(number: Decimal | None, currency: str) -> str:
    return UNKNOWN if number is None else f"{short(number, exponent(currency))} {currency}"
