"""A guest's page ``/pay/v/{token}``: offer, start, live charge, stop and receipt, each a state of the same address."""

import hashlib
from datetime import datetime
from typing import Any

from babel.dates import format_time
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.deps import PortsDep, Work
from api.domain.language import language_of
from api.ports import Ports
from api.routes.page_forms import FormUnreadable, form_of, tree_of
from api.routes.pay.outcomes import outcome_of, refusal_of
from api.routes.pay.pages import not_changed, page, words_of
from api.routes.pay.price_rows import bills_time, part_rows, price_rows
from api.routes.pay.words import switched_language, translator
from api.services.finance.receipt_link import receipt_token
from api.services.guests.act import answered_bank, give_up_visit, stop_visit
from api.services.guests.show import Phase, Shown, show_visit
from api.services.guests.start import GuestStart, start_visit
from clients.documents.formats import Reader

router = APIRouter()
_PATH = "/v/{token}"


@router.get(_PATH)
async def get_visit(request: Request, token: str, work: Work, ports: PortsDep) -> Response:
    """Show the visit as it stands; reloading or coming back shows the same."""
    shown = await show_visit(work=work, ports=ports, token=token, language=switched_language(request))
    template = "offer.html" if shown.phase is Phase.OFFER else "status.html"
    return page(request, template, language=shown.visit.row.language, **_facts(shown, ports, token))


@router.get(f"{_PATH}/live")
async def get_live(request: Request, token: str, work: Work, ports: PortsDep) -> Response:
    """Return the changing part of the page, or 304: the page asks as often as it is told to."""
    shown = await show_visit(work=work, ports=ports, token=token)
    if shown.phase is Phase.OFFER:
        return Response(status_code=205, headers={"Cache-Control": "no-store"})  # another page: load it
    text = words_of(request, "_live.html", language=shown.visit.row.language, **_facts(shown, ports, token))
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'
    return not_changed(request, etag) or HTMLResponse(text, headers={"ETag": etag, "Cache-Control": "no-cache"})


@router.post(f"{_PATH}/start")
async def post_start(request: Request, token: str, work: Work, ports: PortsDep) -> Response:
    """Start: the page then shows how far it has come."""
    charge = await start_visit(work=work, ports=ports, token=token, wish=_wish(await tree_of(request)))
    return JSONResponse({"status": charge.status}, 202, {"Cache-Control": "no-store"})


@router.post(f"{_PATH}/answered")
async def post_answered(token: str, work: Work, ports: PortsDep) -> Response:
    """Look at the hold at once: the guest says to have answered their bank, and only the processor knows."""
    await answered_bank(work=work, ports=ports, token=token)
    return Response(status_code=204)


@router.post(f"{_PATH}/stop")
async def post_stop(request: Request, token: str, work: Work, ports: PortsDep) -> Response:
    """Stop, once confirmed; without the word the page is shown again, and nothing is sent to the charger."""
    form = await form_of(request)
    if form.get("confirm") == "yes":
        await stop_visit(work=work, ports=ports, token=token)
    return RedirectResponse(f"{ports.policy.public_url}/pay/v/{token}", 303)


@router.post(f"{_PATH}/cancel")
async def post_cancel(token: str, work: Work, ports: PortsDep) -> Response:
    """Give up before it charges."""
    await give_up_visit(work=work, ports=ports, token=token)
    return RedirectResponse(f"{ports.policy.public_url}/pay/v/{token}", 303)


def _wish(tree: dict[str, Any]) -> GuestStart:
    """Return what the page sent; raises FormUnreadable."""
    method = tree.get("payment_method")
    try:
        return GuestStart(
            quote_id=str(tree["quote_id"]),
            amount_minor=int(tree["amount_minor"]),
            currency=str(tree["currency"]),
            email=str(tree["email"]),
            payment_method_id=None if method is None else str(method),
            accept_unknown_price=tree.get("accept_unknown_price") is True,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormUnreadable("form_unreadable") from error


def _until(moment: datetime | None, reader: Reader, ports: Ports) -> dict[str, Any] | None:
    """Return until when a hold stands, by the clock at the charger and in seconds."""
    if moment is None:
        return None
    text = format_time(moment.astimezone(reader.zone), "medium", locale=reader.locale)
    return {"text": text, "seconds": int((moment - ports.clock.now()).total_seconds())}


def _facts(shown: Shown, ports: Ports, token: str) -> dict[str, Any]:
    """Return what the templates need of a visit."""
    language = language_of(shown.visit.row.language)
    say, post, charge = translator(language), shown.post, shown.charge
    quote = shown.offer.quote if shown.offer else None
    zone = post.location.time_zone if post else (charge.row.time_zone if charge else "UTC")
    reader = Reader(language, quote.currency if quote else (charge.row.currency if charge else "EUR"), zone)
    facts: dict[str, Any] = {"token": token, "phase": shown.phase.value, "post": post, "reader": reader}
    facts |= {"email": shown.visit.guest.email, "secret": shown.secret, "quote": quote, "charge": charge}
    facts |= {"outcome": None, "refusal": None, "prices": [], "parts": [], "time_costs": False, "until": None}
    facts["connector"] = next(
        (each for each in (post.connectors if post else ()) if each.public_id == shown.visit.row.connector_public_id),
        None,
    )
    facts["receipt_token"] = None
    if charge is not None and shown.receipt is not None:
        facts["receipt_token"] = receipt_token(ports.policy, charge.row.id, ports.clock.now())
    if shown.offer is not None:
        facts["outcome"] = None if charge is None else outcome_of(charge, say)
        facts["refusal"] = refusal_of(shown.offer.refusal, say) if shown.offer.refusal else None
        facts["until"] = _until(shown.offer.stands_until, reader, ports)
    if quote is not None:
        facts |= {"prices": price_rows(quote.price, reader, say), "parts": part_rows(quote.price, reader, say)}
        facts["time_costs"] = bills_time(quote.price)
    return facts
