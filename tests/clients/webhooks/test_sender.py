"""Webhooks over real HTTP on loopback: what arrives, what counts as taken, what is never called."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.ports.webhook_posts import WebhookNotTaken, WebhookUrlRefused
from clients.url_guard import UrlGuard
from clients.webhooks.sender import HttpWebhookPosts
from tests.clients.push.standing_in import Recorder
from tests.serving import serve

BODY = b'{"id":"wev_1"}'


@pytest.fixture
def back_end() -> Iterator[tuple[Recorder, str]]:
    """Serve an app's back end."""
    recorder = Recorder()
    with serve(recorder) as url:
        yield recorder, f"{url}/hooks"


@pytest.fixture
def posts() -> HttpWebhookPosts:
    """Return our side; loopback is allowed."""
    return HttpWebhookPosts(UrlGuard(allow_loopback=True), timeout_seconds=2)


async def test_body_and_headers_arrive_as_they_are(back_end: tuple[Recorder, str], posts: HttpWebhookPosts) -> None:
    """The raw bytes are what was signed, so nothing may touch them."""
    recorder, url = back_end
    await posts.post(url, BODY, {"X-One": "1"})

    (asked,) = recorder.asked
    assert (asked.method, asked.path, asked.body, asked.headers["x-one"]) == ("POST", "/hooks", BODY, "1")


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        ((500, b"oops", {}), None),
        ((404, b"", {}), None),
        ((302, b"", {"location": "http://169.254.169.254/"}), None),
        ((429, b"later", {"retry-after": "7"}), 7),
    ],
)
async def test_only_2xx_is_taken(
    back_end: tuple[Recorder, str], posts: HttpWebhookPosts, answer: Any, wait: int | None
) -> None:
    """Anything else is tried again; a redirect is not followed."""
    recorder, url = back_end
    recorder.answers.append(answer)
    with pytest.raises(WebhookNotTaken) as caught:
        await posts.post(url, BODY, {})
    assert caught.value.facts["retry_after_s"] == wait
    assert len(recorder.asked) == 1


async def test_an_answer_without_end_is_not_read(back_end: tuple[Recorder, str], posts: HttpWebhookPosts) -> None:
    """A back end that answers with a flood costs us a few hundred bytes, kept as its words."""
    recorder, url = back_end
    recorder.answers.append((500, b"x" * 50_000_000, {}))
    with pytest.raises(WebhookNotTaken) as caught:
        await posts.post(url, BODY, {})
    assert len(str(caught.value.facts["answer"])) < 400


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hooks",
        "https://10.1.2.3/hooks",
        "https://169.254.169.254/hooks",
        "https://[::1]/hooks",
        "https://2130706433/hooks",
        "https://localhost/hooks",
        "http://example.com/hooks",
        "ftp://example.com/hooks",
        "https://a:b@example.com/hooks",
        "https://example.com:8443/hooks",
    ],
)
@pytest.mark.capability("A29")
async def test_our_own_network_is_never_called(url: str) -> None:
    """SSRF: such an address is refused when it is added, and again when something is posted to it."""
    posts = HttpWebhookPosts(UrlGuard(https_only=True))
    with pytest.raises(WebhookUrlRefused):
        posts.check(url)
    with pytest.raises(WebhookNotTaken):
        await posts.post(url, BODY, {})


async def test_nobody_answers(posts: HttpWebhookPosts) -> None:
    """A back end that is away is for later."""
    with pytest.raises(WebhookNotTaken):
        await posts.post("http://127.0.0.1:1/", BODY, {})
