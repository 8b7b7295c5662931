"""The Makefile and CI: what they start exists, what people are told to type is there, CI runs the same targets."""

import importlib.util
import re
import subprocess

import pytest

from tests.house.source import ROOT, own_files, text_of

MODULES = sorted(set(re.findall(r"-m ((?:api|sandbox|bench)[\w.]*)", text_of("Makefile"))))
TARGETS = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
PAGES = [path for path in own_files() if path.endswith(".md")]


def targets_told(text: str) -> set[str]:
    """Return the targets that a page tells its reader to make, in backquotes or on a line of their own."""
    return set(re.findall(r"(?:`|^)make ([a-z-]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("module", MODULES)
def test_what_the_makefile_starts_exists(module: str) -> None:
    """A target never promises a module that is not there."""
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_tells_to_make_exists(page: str) -> None:
    """A reader who types what a page says meets a target."""
    assert targets_told(text_of(page)) - TARGETS == set()


def test_targets_are_found_in_prose_and_in_blocks() -> None:
    """Backquoted and alone on a line; the word in a sentence is no target."""
    assert targets_told("Use `make demo FEED=x`.\nmake run   # up\nYou can make it.") == {"demo", "run"}


def test_help_lists_every_target() -> None:
    """Every target has a line in the help, so nobody has to read the Makefile."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607 - make, wherever it is
    assert set(re.findall(r"^  make ([a-z-]+)", shown, flags=re.MULTILINE)) == TARGETS


def test_ci_runs_the_targets_of_a_developer() -> None:
    """What passes here passes there: CI has no checks of its own."""
    assert re.findall(r"^make --no-print-directory (\w+)", text_of(".ci/run"), flags=re.MULTILINE) == ["check", "test"]
