"""The PDF of a paper: made from its document the first time that anybody wants it, and the same bytes ever after.

Making it takes a moment and happens outside of any transaction; when two make it at once the first one stored counts.
"""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.errors import NotFound
from api.domain.finance.issuer import Issuer
from api.domain.finance.paper import PaperKind, read_rates
from api.models.finance import Receipt, ReceiptFile
from api.ports import Ports
from api.services.finance.receipt_document import CARD
from api.services.work import Work


class UnknownPaper(NotFound):
    """There is no such paper, or it is somebody else's."""


async def pdf_of_paper(*, work: Work, ports: Ports, now: datetime, receipt_id: str) -> ReceiptFile:
    """Return a paper's PDF; raises UnknownPaper, PaperUnprintable."""
    async with work() as db:
        paper = await db.get(Receipt, receipt_id)
        kept = await db.get(ReceiptFile, receipt_id)
    if paper is None:
        raise UnknownPaper("unknown_paper")
    if kept is not None:
        return kept
    content = await ports.documents.pdf(complete(paper, ports.policy.issuer))
    values = {
        "receipt_id": receipt_id,
        "content": content,
        "sha256": hashlib.sha256(content).hexdigest(),
        "made_at": now,
    }
    async with work() as db:
        connection = await db.connection()
        await connection.execute(insert(ReceiptFile).values(**values).on_conflict_do_nothing())
        return await db.get_one(ReceiptFile, receipt_id)


def complete(paper: Receipt, issuer: Issuer) -> dict[str, Any]:
    """Return a paper's document, with what receipts from before there were numbers do not hold themselves."""
    head: dict[str, Any] = {
        "id": paper.id,
        "number": paper.number,
        "kind": paper.kind,
        "language": paper.language,
        "issued_at": paper.issued_at.isoformat(),
        "seller": issuer.to_json(),
        "payer_type": CARD,
    }
    if "vat_minor" in paper.document:
        head["vat_rates"] = [each.to_json() for each in read_rates(paper.document)]
    return head | paper.document


async def paper_of_driver(*, db: AsyncSession, driver_id: str, receipt_id: str) -> Receipt:
    """Return one paper of a driver; raises UnknownPaper also for one of somebody else."""
    paper = await db.get(Receipt, receipt_id)
    if paper is None or paper.driver_id != driver_id:
        raise UnknownPaper("unknown_paper")
    return paper


async def paper_by_number(*, db: AsyncSession, number: str) -> Receipt:
    """Return the paper with a number; raises UnknownPaper."""
    paper = (await db.exec(select(Receipt).where(Receipt.number == number))).first()
    if paper is None:
        raise UnknownPaper("unknown_paper", number=number)
    return paper


async def papers_of_driver(
    *,
    db: AsyncSession,
    driver_id: str,
    limit: int = 20,
    before: tuple[datetime, str] | None = None,
    kind: PaperKind | None = None,
) -> list[Receipt]:
    """Return a driver's papers, or those of a kind, newest first; ``before`` are moment and id of the last one seen."""
    query = select(Receipt).where(Receipt.driver_id == driver_id)
    if kind is not None:
        query = query.where(Receipt.kind == kind)
    if before is not None:
        issued_at, last_id = before
        same = (col(Receipt.issued_at) == issued_at) & (col(Receipt.id) < last_id)
        query = query.where((col(Receipt.issued_at) < issued_at) | same)
    return list(await db.exec(query.order_by(col(Receipt.issued_at).desc(), col(Receipt.id).desc()).limit(limit)))
