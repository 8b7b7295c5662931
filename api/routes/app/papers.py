"""A driver's papers: receipts, credit notes and statements as a list, one by one, as PDF, and by mail again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, SettingsDep, Work
from api.domain.finance.paper import PaperKind
from api.models.finance import Receipt, ReceiptFile
from api.routes.app.cursors import read_cursor, write_cursor
from api.routes.app.etags import IfNoneMatch, cache_headers, matches
from api.routes.app.guards import IdempotencyKey
from api.routes.app.shapes import Amount, Moment, PublicId, Shape, example, signed_in
from api.services.drivers.queries import driver_by_id
from api.services.drivers.repeats import begin_once, finish_once
from api.services.finance.files import paper_of_driver, papers_of_driver, pdf_of_paper
from api.services.finance.mails import resend_paper
from api.services.finance.receipts import receipt_of_charge

router = APIRouter(tags=["Charging"])
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The PDF; the same bytes at every download.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The app has it already."},
}
_PAPER = {
    "id": "rcp_88bb",
    "number": "CHH-2026-000123",
    "kind": "receipt",
    "charging_session_id": "chs_0a1b",
    "credits": None,
    "replaces": None,
    "month": None,
    "issued_at": "2026-03-02T12:00:00Z",
    "language": "en",
    "total": {"amount_minor": 1580, "currency": "EUR"},
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pdf_url": "/v1/receipts/rcp_88bb/pdf",
}


class Paper(Shape):
    """A paper in short."""

    id: str
    number: str
    kind: str = Field(description="`receipt`, `credit_note` or `statement`; new values may come.")
    charging_session_id: str | None
    credits: str | None = Field(description="The id of the receipt that a credit note takes from.")
    replaces: str | None = Field(description="The id of the receipt that this one stands for.")
    month: str | None = Field(description="What a statement sums up: `2026-10`.")
    issued_at: Moment
    language: str
    total: Amount = Field(description="What it asks for; on a credit note, what it gives back.")
    sha256: str
    pdf_url: str


class Papers(Shape):
    """A page of papers, newest first."""

    model_config = example({"receipts": [_PAPER], "next_cursor": None})
    receipts: list[Paper]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")


class WholePaper(Shape):
    """A paper with the document that it is: the truth, of which the PDF is a picture."""

    model_config = example({"paper": _PAPER, "document": {"number": "CHH-2026-000123", "total_minor": 1580}})
    paper: Paper
    document: dict[str, Any] = Field(description="Money in minor units, exact numbers as text. New fields may come.")


class Resent(Shape):
    """The mail was queued."""

    model_config = example({"receipt_id": "rcp_88bb", "mail_id": "mai_77cc"})
    receipt_id: str
    mail_id: str


@router.get(
    "/receipts",
    operation_id="listReceipts",
    summary="List the driver's receipts and credit notes",
    response_model=Papers,
    responses=signed_in(cursor_refused=400),
)
async def get_papers(
    response: Response,
    work: Work,
    driver: CurrentDriver,
    settings: SettingsDep,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    kind: Annotated[PaperKind | None, Query(description="Only these: `statement` are those of whole months.")] = None,
) -> Papers:
    """Return receipts, credit notes and statements newest first; new ones never shift the pages behind a cursor."""
    key = settings.secret_key.get_secret_value()
    before = read_cursor(cursor, key=key) if cursor is not None else None
    async with work() as db:
        rows = await papers_of_driver(db=db, driver_id=driver.driver_id, limit=limit + 1, before=before, kind=kind)
    following = write_cursor(rows[limit - 1].issued_at, rows[limit - 1].id, key=key) if len(rows) > limit else None
    if following:
        response.headers["Link"] = f'<?cursor={following}&limit={limit}{f"&kind={kind}" if kind else ""}>; rel="next"'
    return Papers(receipts=[_shown(each) for each in rows[:limit]], next_cursor=following)


@router.get(
    "/receipts/{receipt_id}",
    operation_id="getPaper",
    summary="Show one receipt, credit note or statement",
    response_model=WholePaper,
    responses=signed_in(unknown_paper=404),
)
async def get_paper(receipt_id: PublicId, work: Work, driver: CurrentDriver) -> WholePaper:
    """Return a paper with its whole document."""
    async with work() as db:
        row = await paper_of_driver(db=db, driver_id=driver.driver_id, receipt_id=receipt_id)
    return WholePaper(paper=_shown(row), document=row.document)


@router.get(
    "/receipts/{receipt_id}/pdf",
    operation_id="getPaperPdf",
    summary="Download one paper as PDF",
    response_class=Response,
    responses=_PDF | signed_in(unknown_paper=404),
)
async def get_paper_pdf(
    receipt_id: PublicId,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the paper as PDF/A."""
    async with work() as db:
        row = await paper_of_driver(db=db, driver_id=driver.driver_id, receipt_id=receipt_id)
    return _download(row, await pdf_of_paper(work=work, ports=ports, now=now, receipt_id=row.id), if_none_match)


@router.get(
    "/charging-sessions/{charging_session_id}/receipt.pdf",
    operation_id="getReceiptPdf",
    summary="Download the receipt of a charge as PDF",
    response_class=Response,
    responses=_PDF | signed_in(unknown_charging_session=404, no_receipt_yet=404),
)
async def get_receipt_pdf(
    charging_session_id: PublicId,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the receipt that counts as PDF/A; 404 until the final price is known."""
    async with work() as db:
        row = await receipt_of_charge(db=db, driver_id=driver.driver_id, charging_session_id=charging_session_id)
    return _download(row, await pdf_of_paper(work=work, ports=ports, now=now, receipt_id=row.id), if_none_match)


@router.post(
    "/charging-sessions/{charging_session_id}/receipt/resend",
    operation_id="resendReceipt",
    summary="Send the receipt by mail again",
    status_code=202,
    response_model=Resent,
    responses=signed_in(
        idempotency_key_missing=400,
        unknown_charging_session=404,
        no_receipt_yet=404,
        request_in_flight=409,
        idempotency_key_reused=422,
        too_many_resends=429,
    ),
)
async def post_resend(
    charging_session_id: PublicId,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    idempotency_key: IdempotencyKey,
) -> Resent:
    """Queue the receipt's mail to the driver's address again; three times an hour at the most."""
    request = f"POST /charging-sessions/{charging_session_id}/receipt/resend"
    who = driver.driver_id
    async with work() as db:
        receipt = await receipt_of_charge(db=db, driver_id=who, charging_session_id=charging_session_id)
        known = await begin_once(db=db, driver_id=who, key=idempotency_key, request=request)
        if known is not None:
            return Resent(receipt_id=receipt.id, mail_id=known)
        address = (await driver_by_id(db, who)).email
        mail = await resend_paper(db=db, ports=ports, now=now, receipt=receipt, to_address=address, key=idempotency_key)
        await finish_once(db=db, now=now, driver_id=who, key=idempotency_key, request=request, resource_id=mail.id)
    return Resent(receipt_id=receipt.id, mail_id=mail.id)


def _download(paper: Receipt, file: ReceiptFile, if_none_match: str | None) -> Response:
    """Return a file under the name of its number, or 304 when the app has these bytes."""
    etag = f'"{file.sha256}"'
    headers = cache_headers(etag)
    if matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{paper.number}.pdf"'
    return Response(file.content, media_type="application/pdf", headers=headers)


def _shown(row: Receipt) -> Paper:
    return Paper(
        id=row.id,
        number=row.number,
        kind=row.kind,
        charging_session_id=row.charging_session_id,
        credits=row.credits_id,
        replaces=row.replaces_id,
        month=row.document.get("month"),
        issued_at=row.issued_at,
        language=row.language,
        total=Amount(amount_minor=row.total_minor, currency=row.currency),
        sha256=row.sha256,
        pdf_url=f"/v1/receipts/{row.id}/pdf",
    )
