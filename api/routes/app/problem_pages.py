"""The pages behind the ``type`` of every problem, at ``/problems/{code}``: what it means and what to do about it."""

from html import escape
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from api.routes.app.docs_page import html_page
from api.routes.app.problem_texts import TEXTS


def problem_routes() -> list[BaseRoute]:
    """Return the routes of the list of problems and of each problem."""
    return [Route("/problems", _all), Route("/problems/{code}", _one)]


async def _all(_request: Request) -> HTMLResponse:
    links = (
        f'<li><a href="/problems/{_wire(code)}">{_wire(code)}</a>: {escape(text.title)}</li>'
        for code, text in sorted(TEXTS.items())
    )
    return HTMLResponse(html_page("Problems", f"<h1>Problems</h1><ul>{''.join(links)}</ul>"))


async def _one(request: Request) -> HTMLResponse:
    wire = str(request.path_params["code"])
    text = TEXTS.get(wire.replace("-", "_"))
    if text is None:
        return HTMLResponse(html_page("Unknown", "<h1>No such problem</h1>"), status_code=HTTPStatus.NOT_FOUND)
    again = "The very same request may work later." if text.retryable else "Repeating the same request does not help."
    body = (
        f"<h1>{escape(text.title)}</h1><p><code>{escape(wire)}</code></p><p>{escape(text.detail)}</p>"
        f"<p>What to do: <code>{text.next_action.value}</code>. {again}</p>"
        '<p><a href="/problems">All problems</a></p>'
    )
    return HTMLResponse(html_page(text.title, body))


def _wire(code: str) -> str:
    return code.replace("_", "-")
