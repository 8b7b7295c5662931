"""``/c/{evse_id}`` for a charger and ``/s/{id}`` for a charge: for phones with the app, browsers, and programs.

Nobody needs to be signed in. Of a charger is told what any map tells; of a charge nothing at all, not even whether it
exists: the app asks for that with its own access token. The two files under ``/.well-known`` tell phones that the app
may open these links (Apple: Supporting associated domains; Android: Digital Asset Links).
"""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from api.db import UnitOfWork
from api.domain.language import language_of, wishes_of
from api.routes.links.page import page
from api.services.guests.displays import guests_at
from api.services.roaming.linked import LinkedPlace, place_behind_link
from api.settings import Settings

LONGEST = 64
_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _Links:
    """The routes' settings and database."""

    settings: Settings
    work: UnitOfWork

    async def charger(self, request: Request) -> Response:
        """Return the charger that a code at a post leads to."""
        evse_id = request.path_params["evse_id"][:LONGEST]
        async with self.work() as db:
            found = await place_behind_link(db=db, evse_id=evse_id)
            ref = await guests_at(db=db, evse_key=found.evse_key) if found else None
        guest_url = self._url(f"/pay/e/{ref}") if ref else None
        if _wants_json(request):
            return self._charger_json(found, guest_url)
        shop = (self.settings.app_store_url, self.settings.play_store_url)
        body = page(found, _language(request), self.settings.our_name, *shop, guest_url=guest_url)
        return HTMLResponse(body, status_code=200 if found else 404, headers=_HEADERS)

    async def charge(self, request: Request) -> Response:
        """Return where a charge is shown, without saying whether it exists."""
        session_id = request.path_params["session_id"][:LONGEST]
        if _wants_json(request):
            url = self._url(f"/s/{quote(session_id, safe='')}")
            api = self._url(f"/v1/charging-sessions/{quote(session_id, safe='')}")
            return JSONResponse({"kind": "charging_session", "url": url, "api_url": api}, headers=_HEADERS)
        shop = (self.settings.app_store_url, self.settings.play_store_url)
        return HTMLResponse(
            page(None, _language(request), self.settings.our_name, *shop, charge=True), headers=_HEADERS
        )

    async def apple(self, _request: Request) -> Response:
        """Tell iPhones which apps open our links."""
        if not self.settings.apple_app_ids:
            return JSONResponse({}, status_code=404)
        components = [{"/": "/c/*"}, {"/": "/s/*"}]
        details = [{"appIDs": list(self.settings.apple_app_ids), "components": components}]
        return JSONResponse({"applinks": {"details": details}})

    async def android(self, _request: Request) -> Response:
        """Tell Android which apps open our links."""
        if not self.settings.android_apps:
            return JSONResponse([], status_code=404)
        return JSONResponse(
            [
                {
                    "relation": ["delegate_permission/common.handle_all_urls"],
                    "target": {
                        "namespace": "android_app",
                        "package_name": package,
                        "sha256_cert_fingerprints": list(fingerprints),
                    },
                }
                for package, fingerprints in self.settings.android_apps.items()
            ]
        )

    def _charger_json(self, found: LinkedPlace | None, guest_url: str | None) -> Response:
        if found is None:
            problem = {"title": "There is no such charger", "status": 404, "code": "unknown-evse"}
            return JSONResponse(problem, status_code=404, media_type="application/problem+json", headers=_HEADERS)
        document = {
            "kind": "evse",
            "url": self._url(f"/c/{quote(found.evse_id, safe='*')}"),
            "evse_id": found.evse_id,
            "name": found.name,
            "address": found.address,
            "city": found.city,
            "country": found.country,
            "time_zone": found.time_zone,
            "operator": {"name": found.operator_name, "phone": found.operator_phone},
            "connectors": [
                {"id": each.id, "standard": each.standard, "power_w": each.power_w} for each in found.connectors
            ],
            "guest_url": guest_url,
        }
        return JSONResponse(document, headers=_HEADERS)

    def _url(self, path: str) -> str:
        return self.settings.public_url.rstrip("/") + path


def link_routes(*, settings: Settings, work: UnitOfWork) -> list[Route]:
    """Return the routes, to be put at the root of the application."""
    links = _Links(settings, work)
    return [
        Route("/c/{evse_id}", links.charger, methods=["GET"]),
        Route("/s/{session_id}", links.charge, methods=["GET"]),
        Route("/.well-known/apple-app-site-association", links.apple, methods=["GET"]),
        Route("/.well-known/assetlinks.json", links.android, methods=["GET"]),
    ]


def _wants_json(request: Request) -> bool:
    """Say whether JSON is asked for rather than a page: browsers always name HTML."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _language(request: Request) -> str:
    """Return the first language of the browser that we write in."""
    return language_of(*wishes_of(request.headers.get("accept-language", "")[:200]))
