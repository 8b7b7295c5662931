"""What partners say that they invoiced, and where it differs from the CDRs we hold."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.partner import partner_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.models.invoice_report import InvoiceReportRow


@partner_app.command("invoices")
def partner_invoices(
    wanted: Annotated[str | None, typer.Argument(metavar="[ID]", help="A record's key or id, or an invoice's.")] = None,
    stated: Annotated[
        str | None, typer.Option(help="What the invoice asks for before taxes, as its document says: `1234.50`.")
    ] = None,
    currency: Annotated[str, typer.Option(help="The currency of --stated.")] = "EUR",
    by: Annotated[str, typer.Option("--by", help="Who read the document: your name.")] = "",
) -> None:
    """List partners' invoices with their differences; with an ID check it again and show every difference.

    Records say which CDRs an invoice is for, not how much it asks: give that with --stated, and it is compared.
    """
    from api.cli.terminal import printable, terminal
    from api.cli.world import run, world
    from api.services.finance.invoice_checks import check_report
    from api.services.finance.invoice_reports import find_reports, state_amount

    amount = _amount(stated, wanted, by)

    async def go() -> None:
        async with world() as (work, ports), work() as db:
            now = ports.clock.now()
            rows = await find_reports(db=db, wanted=wanted)
            if amount is not None and len(rows) > 1:
                raise typer.BadParameter("several records fit: give a record's key", param_hint="ID")
            for row in rows if wanted is not None else ():
                if amount is not None:
                    await state_amount(db=db, now=now, row=row, amount=amount, currency=currency.upper(), by=by)
                await check_report(db=db, ports=ports, now=now, row=row)
        out = terminal()
        for row in rows:
            for line in _told(row) if wanted is not None else [_summary(row)]:
                out.print(printable(line))
        if not rows:
            out.print("No partner told of an invoice yet.")

    run(go())


def _amount(stated: str | None, wanted: str | None, by: str) -> Decimal | None:
    """Return the stated amount; who states one says for which record, and who they are."""
    if stated is None:
        return None
    if wanted is None or not by:
        raise typer.BadParameter("needs an ID and --by", param_hint="--stated")
    try:
        amount = Decimal(stated)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise typer.BadParameter(f"{stated} is no amount", param_hint="--stated")
    return amount


def _summary(row: "InvoiceReportRow") -> str:
    """Return a record as one line."""
    sums = ", ".join(f"{before} {currency}" for currency, (before, _) in sorted(row.sums.items())) or "nothing"
    state = "taken back" if row.deleted_at else f"{len(row.differences)} differences"
    return f"{row.key}: invoice {row.invoice_id}, {sums}, {state}"


def _told(row: "InvoiceReportRow") -> "Iterator[str]":
    """Yield a record with everything that differs."""
    yield _summary(row)
    for currency, (before, after) in sorted(row.sums.items()):
        yield f"  our CDRs: {before} {currency} before taxes, {after or 'unknown'} after"
    if row.stated_amount is not None:
        yield f"  the invoice: {row.stated_amount} {row.stated_currency} before taxes, as {row.stated_by} read it"
    else:
        yield "  what the invoice asks was not stated yet (--stated)"
    for each in row.differences:
        amount = f" ({each['amount']} {each['currency']})" if each["amount"] is not None else ""
        subject = f" {each['subject']}" if each["subject"] else ""
        yield f"  {each['fault']}{subject}: {each['detail']}{amount}"
    if row.conflicting_raw is not None:
        yield "  invoice_report_conflict: another content came under this id; the first one counts"
