"""Pages behind mailed links: opening changes nothing, the button acts once, in five languages, and nothing leaks."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from api.domain.language import LANGUAGES
from api.routes.account.render import done_page
from api.routes.account.texts import TEXTS, Page
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.mailbox import new_mails, path_in

EMAIL = "grace@example.com"
NEXT = "another long sentence"


class Seen(HTMLParser):
    """What of a page a reader, or somebody's program, would use."""

    def __init__(self, page: str) -> None:
        """Read ``page``."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


async def mailed(app: App, anyone: httpx.AsyncClient, path: str, **body: str) -> str:
    """Ask for a mail; return the path of its link."""
    answer = await anyone.post(path, json=body)
    assert answer.status_code in {202, 204}, answer.text
    return path_in((await new_mails(app.work, app.ports))[-1])


async def sign_up(app: App, anyone: httpx.AsyncClient, language: str = "en") -> str:
    """Sign up; return the path of the link."""
    return await mailed(app, anyone, "/v1/accounts", email=EMAIL, name="Grace", password=PASSWORD, language=language)


async def signs_in(anyone: httpx.AsyncClient, email: str, password: str = PASSWORD) -> bool:
    """Say whether a sign-in works."""
    return (await anyone.post("/v1/sign-in", json={"email": email, "password": password})).status_code == 200


@pytest.mark.capability("CK06", "CK07")
async def test_opening_a_link_uses_nothing_up(app: App, anyone: httpx.AsyncClient) -> None:
    """Programs that look through mail open it as often as they like; the button activates, a second press is 410."""
    path = await sign_up(app, anyone)
    for _ in range(3):
        shown = await anyone.get(path)
        assert shown.status_code == 200
        assert EMAIL in shown.text
    assert not await signs_in(anyone, EMAIL)
    done = await anyone.post(path)
    assert (done.status_code, "Your account is ready" in done.text) == (200, True)
    assert await signs_in(anyone, EMAIL)
    for answer in (await anyone.post(path), await anyone.get(path)):
        assert answer.status_code == 410
        assert "It was used already" in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_its_drivers_language(app: App, anyone: httpx.AsyncClient, language: str) -> None:
    """The page and what comes after it are in the account's language, and say which it is."""
    path = await sign_up(app, anyone, language)
    texts = TEXTS[language].pages[Page.ACTIVATE]
    for answer, title in ((await anyone.get(path), texts.title), (await anyone.post(path), texts.done_title)):
        assert f'<html lang="{language}">' in answer.text
        assert answer.headers["content-language"] == language
        assert f"<h1>{title}</h1>" in answer.text
    gone = await anyone.get(path, headers={"Accept-Language": f"xx,{language};q=0.8"})
    assert f"<h1>{TEXTS[language].refused_title}</h1>" in gone.text.replace("&#39;", "'")


def test_every_page_is_written_in_every_language() -> None:
    """Five languages, the same pages and reasons in each, the same blanks to fill."""
    assert set(TEXTS) == set(LANGUAGES)
    for language, texts in TEXTS.items():
        assert set(texts.pages) == set(Page), language
        assert set(texts.reasons) == set(TEXTS["en"].reasons), language
        for page, text in texts.pages.items():
            blanks = sorted(re.findall(r"\{\w+\}", text.lead))
            assert blanks == sorted(re.findall(r"\{\w+\}", TEXTS["en"].pages[page].lead)), (language, page)
            assert done_page(page, language=language, our_name="Chargehand").status_code == 200


async def test_a_page_keeps_its_address_to_itself(app: App, anyone: httpx.AsyncClient) -> None:
    """Nothing is loaded, no script runs, no referrer is sent, nothing is kept or framed; the form goes to itself."""
    path = await sign_up(app, anyone)
    shown = await anyone.get(path)
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (shown.headers["referrer-policy"], shown.headers["cache-control"]) == ("no-referrer", "no-store")
    seen = Seen(shown.text)
    assert not any(seen.all(tag) for tag in ("script", "img", "link", "iframe"))
    assert seen.all("form") == [{"method": "post"}]
    assert path.rpartition("/")[2] not in shown.text


@pytest.mark.parametrize("path", ["/account/activate/x", "/account/reset/lnk_1.00", "/account/nowhere/x"])
async def test_links_that_are_none(anyone: httpx.AsyncClient, path: str) -> None:
    """A token that we did not make, and a page that there is not."""
    assert (await anyone.get(path)).status_code in {404, 422}
    assert (await anyone.post(path)).status_code in {404, 422}


async def test_a_link_opens_its_own_page_only(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """The token of one kind of link does nothing on the page of another."""
    path = await mailed(app, anyone, "/v1/password-resets", email="ada@example.com")
    token = path.rpartition("/")[2]
    for page in ("activate", "email", "undo-email", "undo-erasure"):
        assert (await anyone.post(f"/account/{page}/{token}")).status_code == 404
    assert (await anyone.get(path)).status_code == 200


async def test_a_password_is_reset_in_the_browser(app: App, ada: Someone, anyone: httpx.AsyncClient) -> None:
    """The form asks for one password with a label; a weak one is said to be weak and uses nothing up."""
    path = await mailed(app, anyone, "/v1/password-resets", email="ada@example.com")
    seen = Seen((await anyone.get(path)).text)
    (field,) = seen.all("input")
    assert (field["type"], field["autocomplete"]) == ("password", "new-password")
    assert seen.all("label") == [{"for": field["id"]}]
    weak = await anyone.post(path, data={"password": "weak"})
    assert (weak.status_code, "too short" in weak.text, 'role="alert"' in weak.text) == (422, True, True)
    assert (await anyone.post(path, content=b"password=" + b"x" * 20_000)).status_code == 422
    assert (await anyone.post(path, data={"password": NEXT})).status_code == 200
    assert not await signs_in(anyone, "ada@example.com")
    assert await signs_in(anyone, "ada@example.com", NEXT)
    assert (await anyone.post(path, data={"password": "a third long sentence"})).status_code == 410


async def test_an_address_cannot_write_into_the_page(app: App, anyone: httpx.AsyncClient) -> None:
    """What stands in an address is shown as text, whatever it is."""
    address = '"><b>x</b>@example.com'
    path = await mailed(app, anyone, "/v1/accounts", email=address, name="Grace", password=PASSWORD)
    shown = await anyone.get(path)
    assert "<b>" not in shown.text
    assert "&lt;b&gt;" in shown.text
