"""The picture of the lifecycle is drawn from the tables and is never stale."""

from itertools import pairwise

import pytest

from api.domain.charging.diagram import BEGIN, DOCUMENT, END, render, rewritten
from api.domain.charging.state import ChargingStatus, HoldStatus


def test_the_document_is_fresh() -> None:
    """``docs/lifecycle.md`` shows the tables as they are; ``python -m api.domain.charging.diagram`` mends it."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert rewritten(document) == document


def test_every_status_is_in_the_picture() -> None:
    """A status that is not drawn would be a status that nothing leads to or from."""
    picture = render()
    assert [status for status in (*ChargingStatus, *HoldStatus) if f" {status}" not in picture] == []


def test_the_main_line_can_be_followed_in_the_picture() -> None:
    """The happy path, from the hold over the session to the bill, is drawn edge by edge."""
    edges = {line.strip().split(":")[0] for line in render().splitlines() if "-->" in line}
    path = ["awaiting_hold", "starting", "start_accepted", "charging", "stop_requested", "stop_accepted", "idle"]
    assert {f"{one} --> {two}" for one, two in pairwise(path)} <= edges
    assert {"any --> ended", "any --> settling", "settling --> settled"} <= edges
    assert {"pending --> placed", "placed --> capturing", "placed --> releasing"} <= edges


def test_a_document_without_markers_is_refused() -> None:
    """Rewriting must not swallow a page that lost its markers."""
    with pytest.raises(ValueError, match="markers"):
        rewritten("# no markers")
    assert rewritten(f"head\n{BEGIN}\nold\n{END}\ntail").startswith("head\n")
