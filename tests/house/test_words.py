"""Words that may stand in no committed file: addresses of package registries, and paths of one machine."""

import re

import pytest

from tests.house.source import ROOT, own_files

FORBIDDEN = {
    "a package registry's address": re.compile(
        r"pypi\.|pythonhosted|(?:index|find-links)-url\s*[=:]?\s*(?:http|file)|npmjs\.|artifactory|\bdevpi\b|/simple/\w"
    ),
    "a path of one machine": re.compile(r"(?<![\w.~*}])/(?:work|home|root|opt|Users|mnt)/\w"),
    "a folder of one machine": re.compile(r"\bfile:/{3}(?:work|home|root|opt|srv|Users|mnt)"),
}
PLAIN = {".py", ".md", ".toml", ".txt", ".json", ".ini", ".mako", ".yml", ".yaml", ".sql", ".html", ".js", ".css", ""}


def found_in(text: str) -> list[str]:
    """Return the names of what is forbidden and stands in ``text``."""
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    """The project installs and runs anywhere, so nothing in it names the place where it was written."""
    texts = [path for path in own_files() if (ROOT / path).suffix in PLAIN and path != "tests/house/test_words.py"]
    assert {"pyproject.toml", "requirements/dev.txt", "Makefile", "README.md"} <= set(texts)
    bad = {path: words for path in texts if (words := found_in((ROOT / path).read_text("utf-8")))}
    assert bad == {}


@pytest.mark.parametrize("path", ["requirements/base.txt", "requirements/dev.txt"])
def test_every_requirement_is_pinned_with_hashes_and_nothing_else(path: str) -> None:
    """A line is a name with one version, a hash or a comment: no option, no address, no local file."""
    text = (ROOT / path).read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(lines) > 40
    pinned = re.compile(r"[a-z0-9-]+==[\w.+!]+(?: ; [^-]+)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line[:60] for line in lines if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize(
    "text",
    ["see https://pypi." + "org/x", "--index-url " + "https://a.b/", "cd /work" + "/main", "file:" + "///srv/wheels"],
)
def test_a_forbidden_word_is_found(text: str) -> None:
    """Each kind is seen in a sentence."""
    assert len(found_in(text)) >= 1


@pytest.mark.parametrize("text", ["GET /locations/home/1", "{base}/opt/in", "the work/life balance", "a/simple answer"])
def test_plain_prose_and_routes_are_left_alone(text: str) -> None:
    """Words that only look similar pass."""
    assert found_in(text) == []
