"""The driver's monthly statement: every receipt and credit note of the month, and their sum to the cent.

It sums up papers and is none that tax is owed by; what a fleet pays is on the fleet's invoice instead.
"""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.finance.paper import PaperKind, added_up, read_rates
from api.domain.language import language_of
from api.models.driver import Driver
from api.models.finance import Receipt
from api.ports import Ports
from api.services.finance.mails import queue_mail
from api.services.finance.months import Month, papers_in_month, sign_of, summary_of
from api.services.finance.papers import Draft, paper_of_cause, write_paper
from api.services.work import Work


async def issue_statements(*, work: Work, ports: Ports, now: datetime, month: str) -> list[Receipt]:
    """Write the statements of a month that is over, of everybody who has papers in it; return the new ones.

    Each driver's month is that of their own time zone and a transaction of its own. Raises MonthInvalid, MonthNotOver
    for a month that is not over where the issuer sits.
    """
    Month(month, ports.policy.issuer.time_zone).require_over(now)
    async with work() as db:
        query = select(Receipt.driver_id).where(col(Receipt.fleet_account_id).is_(None)).distinct()
        drivers = sorted(each for each in await db.exec(query) if each is not None)
    written: list[Receipt] = []
    for driver_id in drivers:
        async with work() as db:
            written += await issue_statement(db=db, ports=ports, now=now, driver_id=driver_id, month=month)
    return written


async def issue_statement(
    *, db: AsyncSession, ports: Ports, now: datetime, driver_id: str, month: str
) -> list[Receipt]:
    """Write a driver's statements of a month, one a currency, that are not written yet; return the new ones.

    None is written while the driver's own month goes on. Raises MonthInvalid.
    """
    driver = await db.get_one(Driver, driver_id, with_for_update={"key_share": True})
    span = Month(month, driver.time_zone or ports.policy.issuer.time_zone)
    if now < span.ends_at:
        return []
    mine = (col(Receipt.driver_id) == driver_id) & col(Receipt.fleet_account_id).is_(None)
    papers = await papers_in_month(db=db, month=span, whose=mine)
    written: list[Receipt] = []
    for currency in sorted(papers):
        cause = ("month", f"{driver_id}:{month}:{currency}")
        if await paper_of_cause(db=db, kind=PaperKind.STATEMENT, cause=cause) is None:
            draft = _draft(driver, span, currency, papers[currency], cause)
            statement = await write_paper(db=db, ports=ports, now=now, draft=draft)
            await queue_mail(db=db, ports=ports, now=now, receipt=statement, to_address=driver.email)
            written.append(statement)
    return written


def _draft(driver: Driver, month: Month, currency: str, papers: list[Receipt], cause: tuple[str, str]) -> Draft:
    """Return a statement: its lines, and sums that are sums of its lines."""
    lines = [summary_of(each) for each in papers]
    taxes = [each["vat_minor"] for each in lines]
    known = all(each is not None for each in taxes)
    rates = added_up((sign_of(paper), each) for paper in papers for each in read_rates(paper.document))
    content = {
        "driver": {"name": driver.name},
        "month": month.name,
        "time_zone": month.time_zone,
        "lines": lines,
        "net_minor": sum(each["net_minor"] for each in lines),
        "vat_minor": sum(taxes) if known else None,
        "vat_rates": [each.to_json() for each in rates] if known else [],
    }
    return Draft(
        kind=PaperKind.STATEMENT,
        cause=cause,
        language=language_of(driver.language),
        currency=currency,
        total_minor=sum(each["total_minor"] for each in lines),
        content=content,
        driver_id=driver.id,
    )
