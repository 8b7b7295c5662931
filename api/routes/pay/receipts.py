"""Guests' receipts: behind their signed link as page and PDF, and a form for who lost it, which only ever sends."""

from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Now, PortsDep, Work
from api.routes.page_forms import form_of
from api.routes.page_guard import caller_of
from api.routes.pay.pages import page
from api.services.finance.files import pdf_of_paper
from api.services.finance.receipt_link import ReceiptLinkExpired
from api.services.guests.receipts import LostReceipt, receipt_of_link, renew_link, send_lost_receipt
from clients.documents.formats import Reader

router = APIRouter()
_MOST = 254
_YEARS = range(2000, 3000)
"""Days at the ends of the calendar have none before or after."""


@router.get("/receipt/{token}.pdf")
async def get_pdf(token: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Return the receipt as it was mailed."""
    async with work() as db:
        receipt = await receipt_of_link(db=db, ports=ports, now=now, token=token)
    file = await pdf_of_paper(work=work, ports=ports, now=now, receipt_id=receipt.id)
    name = f'inline; filename="{receipt.number}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(file.content, media_type="application/pdf", headers=headers)


@router.get("/receipt/{token}")
async def get_receipt(request: Request, token: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show the receipt, or, behind a link that ran out, offer to mail it again."""
    try:
        async with work() as db:
            receipt = await receipt_of_link(db=db, ports=ports, now=now, token=token)
    except ReceiptLinkExpired:
        return page(request, "renew.html", status=410, token=token, sent=False)
    document = receipt.document
    reader = Reader(receipt.language, receipt.currency, document["time_zone"])
    return page(request, "receipt.html", token=token, receipt=receipt, document=document, reader=reader)


@router.post("/receipt/{token}/renew")
async def post_renew(request: Request, token: str, work: Work, ports: PortsDep) -> Response:
    """Mail the receipt with a new link to the address it was given for; the page does not show it."""
    await renew_link(work=work, ports=ports, token=token, caller=caller_of(request))
    return page(request, "renew.html", token=token, sent=True)


@router.get("/lost-receipt")
async def get_lost(request: Request) -> Response:
    """Show the form."""
    return page(request, "lost.html", sent=False, problem=False, form={})


@router.post("/lost-receipt")
async def post_lost(request: Request, work: Work, ports: PortsDep) -> Response:
    """Answer the same whether a receipt was found or not: it goes to the address that it was given for."""
    form = await form_of(request)
    lost = _lost(form)
    if lost is None:
        return page(request, "lost.html", status=422, sent=False, problem=True, form=form)
    await send_lost_receipt(work=work, ports=ports, lost=lost, caller=caller_of(request))
    return page(request, "lost.html", sent=True, problem=False, form={})


def _lost(form: dict[str, str]) -> LostReceipt | None:
    """Return what was remembered; None: the form is not complete."""
    email, charger = form.get("email", "").strip(), form.get("charger", "").strip()
    try:
        at = datetime.fromisoformat(f"{form.get('date', '')}T{form.get('time', '')}").replace(tzinfo=None)
    except ValueError:
        return None
    complete = "@" in email and charger and max(len(email), len(charger)) <= _MOST and at.year in _YEARS
    return LostReceipt(email, at, charger) if complete else None
