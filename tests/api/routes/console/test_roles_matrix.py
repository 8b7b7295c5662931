"""Every page and every step of the console against every role: who may not, gets nowhere."""

import re
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.domain.staff.roles import ALLOWS, Permission, Role
from api.routes.console.application import PUBLIC, ROUTERS
from api.routes.console.signed_in import Needs
from tests.bench import Bench
from tests.staff import a_browser, signed_in

FIRST_PAGE = "/"
"""For whoever signed in, whatever their roles: it only leads on."""


def console_routes() -> list[APIRoute]:
    """Return all routes of the console."""
    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def guarded() -> Iterator[tuple[APIRoute, Permission]]:
    """Yield each route that needs something, with what it needs."""
    for route in console_routes():
        found = [each.dependency for each in route.dependencies if isinstance(each.dependency, Needs)]
        if found:
            yield route, found[0].permission


def filled(route: APIRoute) -> str:
    """Return an address of a route, with something in place of each id."""
    return re.sub(r"\{([a-z_]+)(:[a-z]+)?\}", "x", route.path)


def test_every_route_names_what_it_needs() -> None:
    """A page that forgets it is found here; only those of signing in and the first one need nothing."""
    free = {route.path for route in console_routes()} - {route.path for route, _ in guarded()}
    assert free == PUBLIC | {FIRST_PAGE}
    assert {permission for _, permission in guarded()} <= set(Permission)


async def test_no_role_gets_where_it_may_not(app: FastAPI, bench: Bench) -> None:
    """Each route is tried by each role: refused exactly where its permission is not among the role's."""
    wrong = []
    for role in Role:
        browser = await signed_in(bench, app, role, name=f"A {role}")
        for route, permission in guarded():
            for method in route.methods or ():
                answer = await browser.http.request(
                    method, f"/console{filled(route)}", data={"csrf": browser.token} if method == "POST" else None
                )
                if (answer.status_code == 403) == (permission in ALLOWS[role]):
                    wrong.append((role, method, route.path, answer.status_code))
    assert wrong == []


async def test_nobody_gets_in_without_signing_in(app: FastAPI) -> None:
    """A stranger is asked to sign in, and changes nothing."""
    stranger = a_browser(app)
    for route, _ in guarded():
        for method in route.methods or ():
            answer = await stranger.request(method, f"/console{filled(route)}")
            assert answer.status_code == (303 if method == "GET" else 401), route.path
            if method == "GET":
                assert answer.headers["location"].startswith("/console/sign-in?to=/console")


async def test_a_form_without_its_token_changes_nothing(app: FastAPI, bench: Bench) -> None:
    """Another site's form, or one of an earlier session, is refused by every step."""
    roles = list(Role)
    browser = await signed_in(bench, app, *roles)
    for route, _ in guarded():
        if "POST" in (route.methods or ()):
            for token in ("", "x", form_of_another := "é"):
                answer = await browser.http.post(f"/console{filled(route)}", data={"csrf": token})
                assert (answer.status_code, form_of_another) == (403, "é"), route.path


async def test_another_site_is_refused_even_with_a_token(app: FastAPI, bench: Bench) -> None:
    """The browser says where a form comes from."""
    browser = await signed_in(bench, app, "admin")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = await browser.http.post("/console/sign-out", data={"csrf": browser.token}, headers=headers)
        assert answer.status_code == 403
    assert (await browser.get("/staff")).status_code == 200
