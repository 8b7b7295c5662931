"""Faults of lists that are crawled page by page, each doing what its line in the table says."""

from typing import Any

import httpx
import pytest

from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.conftest import Stage

LOCATIONS = "/ocpi/2.2.1/locations"
EVER = {"date_from": "2000-01-01T00:00:00Z"}


@pytest.fixture
def config(config: CpoConfig) -> CpoConfig:
    """Let pages hold two of the four locations."""
    config.page_limit = 2
    return config


def ids(answer: httpx.Response) -> list[Any]:
    """Return the ids of a page."""
    return [item["id"] for item in answer.json()["data"]]


def honest(stage: Stage) -> list[Any]:
    """Return the ids of the whole list, crawled before any fault is on."""
    first = stage.call("GET", LOCATIONS)
    return ids(first) + ids(stage.call("GET", LOCATIONS, offset="2"))


def following(answer: httpx.Response) -> str:
    """Return the URL of the next page as it stands."""
    return str(answer.links["next"]["url"])


def test_moving_pages(stage: Stage) -> None:
    """Crawling by offset misses one object and meets another twice."""
    whole = honest(stage)
    stage.hand("faults", {"name": "moving_pages"})
    first = stage.call("GET", LOCATIONS)
    second = stage.call("GET", LOCATIONS, offset="2")
    assert ids(first) + ids(second) == [whole[0], whole[1], whole[3], whole[0]]


def test_changing_total(stage: Stage) -> None:
    """The total is another on the second page."""
    stage.hand("faults", {"name": "changing_total"})
    totals = [stage.call("GET", LOCATIONS, offset=offset).headers["x-total-count"] for offset in ("0", "2")]
    assert totals == ["4", "6"]


def test_self_link(stage: Stage) -> None:
    """The next page is this page, also on the last one."""
    stage.hand("faults", {"name": "self_link"})
    assert following(stage.call("GET", LOCATIONS)) == f"{stage.cpo}{LOCATIONS}"
    assert following(stage.call("GET", LOCATIONS, offset="2")) == f"{stage.cpo}{LOCATIONS}?offset=2"


def test_endless_link(stage: Stage) -> None:
    """Far beyond the end there is a next page still, and nothing on it."""
    stage.hand("faults", {"name": "endless_link"})
    beyond = stage.call("GET", LOCATIONS, offset="100")
    assert (ids(beyond), "offset=102" in following(beyond)) == ([], True)


def test_relative_link(stage: Stage) -> None:
    """The link has neither scheme nor host, and leads to the next page."""
    whole = honest(stage)
    stage.hand("faults", {"name": "relative_link"})
    link = following(stage.call("GET", LOCATIONS))
    assert link.startswith(f"{LOCATIONS}?")
    assert ids(stage.call("GET", link)) == whole[2:]


def test_http_link(config: CpoConfig, stage: Stage) -> None:
    """Known under https, the CPO links to http."""
    config.public_url = "https://cpo.example"
    assert following(stage.call("GET", LOCATIONS)).startswith("https://cpo.example/")
    stage.hand("faults", {"name": "http_link"})
    assert following(stage.call("GET", LOCATIONS)).startswith("http://cpo.example/")


def test_ignores_date_from(stage: Stage) -> None:
    """Who asks for what changed lately gets everything."""
    lately = {"date_from": "2026-02-01T00:00:00Z"}
    assert ids(stage.call("GET", LOCATIONS, **lately)) == []
    stage.hand("faults", {"name": "ignores_date_from"})
    assert len(ids(stage.call("GET", LOCATIONS, **lately))) == 2


def test_ignores_offset(stage: Stage) -> None:
    """The second page shows what the first did; the links end all the same."""
    stage.hand("faults", {"name": "ignores_offset"})
    first, second = stage.call("GET", LOCATIONS), stage.call("GET", LOCATIONS, offset="2")
    assert ids(first) == ids(second)
    assert "next" not in second.links


def test_bad_object_in_page(stage: Stage) -> None:
    """Between good objects is one that lacks nearly everything; none of the good ones is missing."""
    whole = honest(stage)
    stage.hand("faults", {"name": "bad_object_in_page"})
    found = stage.call("GET", LOCATIONS)
    assert ids(found) == [whole[0], "broken", whole[1]]
    assert set(found.json()["data"][1]) == {"id", "last_updated"}
