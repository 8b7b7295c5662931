"""``/t/{secret}``: the technical story of one charge, for whoever has the link, without signing in."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.db import UnitOfWork
from api.ports import Ports
from api.routes.links.story_page import no_story_page, story_page
from api.services.owners.links import PATH, TimelineLinkGone, UnknownTimelineLink, open_link

_LONGEST = 64
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class _Stories:
    """The route's ports and database."""

    ports: Ports
    work: UnitOfWork

    async def story(self, request: Request) -> Response:
        """Show a story and count that it was opened; 410 once the link works no more."""
        secret, name = request.path_params["secret"][:_LONGEST], self.ports.policy.our_name
        try:
            async with self.work() as db:
                now, count = self.ports.clock.now(), request.method == "GET"
                opened = await open_link(db=db, now=now, secret=secret, count=count)
        except TimelineLinkGone:
            return HTMLResponse(no_story_page(name, gone=True), 410, headers=_HEADERS)
        except UnknownTimelineLink:
            return HTMLResponse(no_story_page(name, gone=False), 404, headers=_HEADERS)
        return HTMLResponse(story_page(opened, name), headers=_HEADERS)


def story_routes(*, ports: Ports, work: UnitOfWork) -> list[Route]:
    """Return the route, to be put at the root of the application."""
    return [Route(f"{PATH}/{{secret}}", _Stories(ports, work).story, methods=["GET"])]
