"""The documents: what they point to exists, and every decision has its four parts."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, own_files, text_of

PAGES = [path for path in own_files() if path.endswith(".md") and not path.startswith("tests/")]
DECISIONS = sorted(path for path in PAGES if re.match(r"docs/decisions/\d{4}-", path))
PARTS = ["Context", "Decision", "Consequences", "Check"]

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_QUOTED_PATH = re.compile(r"`((?:api|clients|sandbox|tests|docs|bench|requirements)/[\w./-]*)`")
_TO_BE_MADE = {"tests/golden/tariffs/start_fee_and_minutes/"}
"""Paths that a page asks its reader to make."""


def links_of(text: str) -> list[str]:
    """Return the relative links of a page."""
    return [link for link in _LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]


def paths_of(text: str) -> set[str]:
    """Return the paths of the project that a page quotes; those with placeholders are not paths."""
    return set(_QUOTED_PATH.findall(text)) - _TO_BE_MADE


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_points_to_exists(page: str) -> None:
    """Links and quoted paths lead somewhere: a file that moves takes its documents along."""
    text = text_of(page)
    folder = (ROOT / page).parent
    assert [link for link in links_of(text) if not (folder / link).exists()] == []
    assert sorted(path for path in paths_of(text) if not (ROOT / path).exists()) == []


def test_the_map_shows_every_folder_with_code() -> None:
    """A folder that is not on the map, itself or by the one above it, is one that a newcomer does not find."""
    shown = paths_of(text_of("docs/map.md"))
    rooms = {
        f"{Path(path).parent.as_posix()}/"
        for path in own_files()
        if path.endswith("/__init__.py") and path.startswith(("api/", "clients/", "sandbox/"))
    }
    below = ("api/routes/", "clients/ocpi/v")
    missing = {room for room in rooms - shown if room not in {"api/", "clients/"} and not room.startswith(below)}
    assert len(rooms) > 20
    assert missing == set()


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    """Every decision has the next number and a line in the list."""
    numbers = [int(Path(path).name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    listed = links_of(text_of("docs/decisions/README.md"))
    assert listed == [Path(path).name for path in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_has_four_parts(page: str) -> None:
    """Context, decision, consequences and the check, in this order, none of them empty."""
    parts = re.split(r"^## (.+)$", text_of(page), flags=re.MULTILINE)
    assert parts[1::2] == PARTS
    assert all(len(part.split()) >= 5 for part in parts[2::2])
    assert parts[0].startswith(f"# {int(Path(page).name[:4])}. ")


def test_a_dead_link_and_a_dead_path_are_found() -> None:
    """Both searches see what they are for, and leave addresses and commands alone."""
    text = "[a](docs/none.md#x) [b](https://example.com) `api/none.py` `api.none` `make test`"
    assert (links_of(text), paths_of(text)) == (["docs/none.md"], {"api/none.py"})
