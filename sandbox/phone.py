"""A driver's phone: the app's calls to our API, as a mobile client would make them."""

import asyncio
import time
import uuid
from typing import Any

import httpx


class PhoneError(RuntimeError):
    """The API said no; carries the problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Keep the HTTP status and the problem."""
        super().__init__(f"{status} {problem.get('code')}: {problem.get('title')} {problem.get('detail') or ''}")
        self.status, self.problem = status, problem


class Phone:
    """One signed-in app."""

    def __init__(self, web_url: str, client: httpx.AsyncClient) -> None:
        """Talk to ``web_url`` over ``client``, which may be shared by many phones."""
        self.base, self.client = f"{web_url}/v1", client
        self.access_token = self.refresh_token = ""
        self.etags: dict[str, tuple[str, dict[str, Any]]] = {}
        self.not_modified = 0

    async def call(self, method: str, path: str, *, again: bool = True, **options: Any) -> httpx.Response:
        """Make one call with the access token; refresh the token once if it ran out. Raises PhoneError."""
        signed = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        headers = signed | options.get("headers", {})
        answer = await self.client.request(method, f"{self.base}{path}", **(options | {"headers": headers}))
        if answer.status_code == 401 and again and self.refresh_token:
            await self.refresh()
            return await self.call(method, path, again=False, **options)
        if answer.status_code >= 400:
            raise PhoneError(answer.status_code, answer.json())
        return answer

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in and keep both tokens."""
        answer = await self.call("POST", "/sign-in", again=False, json={"email": email, "password": password})
        self._keep(answer.json())

    async def refresh(self) -> None:
        """Trade the refresh token for a fresh pair."""
        body = {"refresh_token": self.refresh_token}
        answer = await self.client.post(f"{self.base}/token-refreshes", json=body)
        if answer.status_code >= 400:
            raise PhoneError(answer.status_code, answer.json())
        self._keep(answer.json())

    def _keep(self, tokens: dict[str, Any]) -> None:
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]

    async def resolve(self, visual_id: str, **where: str) -> dict[str, Any]:
        """Look up what is printed on the post."""
        answer = await self.call("GET", "/connectors/resolve", params={"visual_id": visual_id, **where})
        result: dict[str, Any] = answer.json()
        return result

    async def quote(self, connector_id: str, visual_id: str | None = None, **wish: object) -> dict[str, Any]:
        """Ask for the price; ``wish`` tells of car and charge, as in the API."""
        body = {"connector_id": connector_id, "visual_id": visual_id} | wish
        result: dict[str, Any] = (await self.call("POST", "/quotes", json=body)).json()
        return result

    async def vehicle_model(self, words: str) -> str:
        """Return the id of the first car that these words find in the catalogue."""
        found = (await self.call("GET", "/vehicle-models", params={"q": words})).json()
        return str(found["vehicle_models"][0]["id"])

    async def start(self, quote: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Accept a quote and agree to its hold."""
        hold = quote["hold"]
        consent = {"amount_minor": hold["amount_minor"], "currency": hold["currency"]}
        answer = await self.call(
            "POST",
            "/charging-sessions",
            json={"quote_id": quote["id"], "consent": consent, "accept_unknown_price": True},
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )
        result: dict[str, Any] = answer.json()
        return result

    async def poll(self, charge_id: str) -> dict[str, Any]:
        """Return the charge, asking only for news: an unchanged one comes from memory."""
        etag, known = self.etags.get(charge_id, ("", {}))
        headers = {"If-None-Match": etag} if etag else {}
        answer = await self.call("GET", f"/charging-sessions/{charge_id}", headers=headers)
        if answer.status_code == 304:
            self.not_modified += 1
            return known
        shown: dict[str, Any] = answer.json()
        self.etags[charge_id] = (answer.headers["ETag"], shown)
        return shown

    async def wait_for(self, charge_id: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
        """Poll until the charge has one of ``statuses``; raises TimeoutError with the last status."""
        deadline = time.monotonic() + seconds
        while True:
            shown = await self.poll(charge_id)
            if shown["status"] in statuses:
                return shown
            if time.monotonic() > deadline:
                raise TimeoutError(f"still {shown['status']}, waited for {', '.join(statuses)}")
            await asyncio.sleep(0.05)

    async def stop(self, charge_id: str, *, confirm: bool) -> dict[str, Any]:
        """Ask for a stop."""
        answer = await self.call("POST", f"/charging-sessions/{charge_id}/stop", json={"confirm": confirm})
        result: dict[str, Any] = answer.json()
        return result

    async def cancel(self, charge_id: str) -> dict[str, Any]:
        """Give up a start."""
        result: dict[str, Any] = (await self.call("POST", f"/charging-sessions/{charge_id}/cancel")).json()
        return result

    async def active(self) -> dict[str, Any] | None:
        """Return the charge that the app opens with, as after a restart."""
        answer = (await self.call("GET", "/charging-sessions/active")).json()
        found: dict[str, Any] | None = answer["charging_session"]
        return found

    async def confirm(self, charge_id: str) -> dict[str, Any]:
        """Say that the bank was answered."""
        answer = await self.call("POST", f"/charging-sessions/{charge_id}/hold/confirmation")
        result: dict[str, Any] = answer.json()
        return result

    async def passport(self, charge_id: str, language: str = "en") -> dict[str, Any]:
        """Return everything about the hold."""
        headers = {"Accept-Language": language}
        answer = await self.call("GET", f"/charging-sessions/{charge_id}/hold", headers=headers)
        result: dict[str, Any] = answer.json()
        return result

    async def receipt(self, charge_id: str) -> dict[str, Any]:
        """Return the receipt."""
        result: dict[str, Any] = (await self.call("GET", f"/charging-sessions/{charge_id}/receipt")).json()
        return result

    async def notices(self) -> list[dict[str, Any]]:
        """Return what the driver was told."""
        listed = (await self.call("GET", "/notices")).json()
        found: list[dict[str, Any]] = listed.get("notices", listed.get("data", []))
        return found
