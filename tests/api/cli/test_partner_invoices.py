"""``chargehand partner invoices``, on a real database."""

import pytest

from api.db import UnitOfWork
from tests.api.cli.test_charge import in_a_thread
from tests.api.services.finance.invoicing import a_bill, a_report, send
from tests.bench import Bench, a_bench


@pytest.fixture
def bench(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench on the database that the command line uses too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return a_bench(work)


async def test_invoices_are_listed_and_looked_into(bench: Bench) -> None:
    """The list says how many differences; one of them is checked again and shown with each of them."""
    assert (await in_a_thread("partner", "invoices")).strip() == "No partner told of an invoice yet."
    await a_bill(bench, "CDR1", "7.80")
    await send(bench, a_report("CDR1", "CDR2", "CDR3"))
    head = "prt_1/DE/CPO/REC1: invoice INV-1, 7.8"
    assert (await in_a_thread("partner", "invoices")).startswith(head)
    await a_bill(bench, "CDR2", "0.105")
    shown = await in_a_thread("partner", "invoices", "INV-1")
    assert "1 differences" in shown
    assert "invoice_cdr_unknown CDR3" in shown
    assert "7.905 EUR before taxes, unknown after" in shown
    assert "was not stated yet" in shown


async def test_what_the_document_asks_is_stated_and_compared(bench: Bench) -> None:
    """With a name beside it; the difference is told exactly."""
    await a_bill(bench, "CDR1", "7.80")
    await send(bench, a_report("CDR1"))
    shown = await in_a_thread("partner", "invoices", "REC1", "--stated", "9.80", "--by", "kim")
    assert "as kim read it" in shown
    assert "invoice_sum_differs: asked 9.80, computed 7.80 (2.00 EUR)" in shown


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["INV-9"], "invoice_report_unknown"),
        (["INV-1", "--stated", "1"], "--by"),
        (["--stated", "1", "--by", "kim"], "ID"),
        (["INV-1", "--stated", "much", "--by", "kim"], "no amount"),
    ],
)
async def test_what_cannot_be_shown_is_one_line(bench: Bench, arguments: list[str], reason: str) -> None:
    """Exit code 2 with the reason."""
    await send(bench, a_report("CDR1"))
    assert reason in await in_a_thread("partner", "invoices", *arguments, code=2)
