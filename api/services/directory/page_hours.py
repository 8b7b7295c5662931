"""Hours as a page writes them, line by line, turned into the text of ours and what is doubtful about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.domain.support.contact import Doubt
from api.domain.support.countries import Country, zone_called
from api.services.directory.page_words import AND, AROUND_THE_CLOCK, DAYS, FEE, IN, LANGUAGES, ONLY, OUTSIDE

_DASHES = re.compile("[‐‑‒–—−]")
_ALWAYS = re.compile(rf"(?:24/7(?:/365)?|{AROUND_THE_CLOCK})\s*(?::|{IN}\b)?\s*(?P<spoken>.*)")
_OUTSIDE = re.compile(rf"{OUTSIDE}\s*[:-]?\s*(?:{ONLY}\s+)?(?P<spoken>.+)")
_WINDOW = re.compile(
    r"(?P<first>\w{3})-(?P<last>\w{3})\s+(?P<opens>\d\d[.:]\d\d)-(?P<closes>\d\d[.:]\d\d)"
    rf"\s*(?P<zone>cet|gmt|et)?\b\s*(?::|{IN}\b)?\s*(?P<spoken>.*)"
)


@dataclass
class PageHours:
    """What the lines below one number come to."""

    rules: list[str] = field(default_factory=list)
    zone: str | None = None
    doubts: list[tuple[Doubt, str, str]] = field(default_factory=list)
    """Kind, the line, and what of it."""

    @property
    def text(self) -> str | None:
        """Return the hours in our own words, None where there are none."""
        return "; ".join(self.rules) or None


def plain(line: str) -> str:
    """Return a line in small letters, with one kind of dash and single spaces."""
    return " ".join(_DASHES.sub("-", line).lower().split())


def without_brackets(line: str) -> tuple[str, bool]:
    """Return a line without its brackets, and whether one of them had no other half."""
    depth, stray = 0, False
    for each in line:
        depth += {"(": 1, ")": -1}.get(each, 0)
        if depth < 0:
            depth, stray = 0, True
    return line.replace("(", " ").replace(")", " "), stray or depth != 0


def read_hours(lines: Sequence[str], beside: str, country: Country | None) -> PageHours:
    """Read the lines below a number; ``beside`` is what stood beside it, such as its language."""
    found = PageHours()
    spoken = _languages(plain(without_brackets(beside)[0])) if FEE not in plain(beside) else ""
    if spoken is None:
        found.doubts.append((Doubt.HOURS_UNREADABLE, beside, beside))
    for line in lines:
        inside, stray = without_brackets(line)
        if stray:
            found.doubts.append((Doubt.BRACKET_STRAY, line, ""))
        if not _read_line(found, plain(inside), spoken or "", country):
            found.doubts.append((Doubt.HOURS_UNREADABLE, line, line))
    if found.zone is None and any(rule[:3] in DAYS.values() for rule in found.rules):
        found.doubts.append((Doubt.ZONE_MISSING, " ".join(lines), ""))
    return found


def _read_line(found: PageHours, line: str, beside: str, country: Country | None) -> bool:
    """Add what a line says; False where it cannot be read."""
    kinds = ((_ALWAYS, "24/7"), (_OUTSIDE, "otherwise"), (_WINDOW, ""))
    match, rule = next(((match, rule) for kind, rule in kinds if (match := kind.fullmatch(line))), (None, ""))
    spoken = _languages(match["spoken"]) if match is not None else None
    if match is None or spoken is None:
        return False
    if not rule:
        first, last = DAYS.get(match["first"]), DAYS.get(match["last"])
        if first is None or last is None:
            return False
        rule = f"{first}-{last} {match['opens'].replace('.', ':')}-{match['closes'].replace('.', ':')}"
        if match["zone"]:
            found.zone = zone_called(match["zone"], country)
    found.rules.append(f"{rule} {spoken or beside}".strip())
    return True


def _languages(text: str) -> str | None:
    """Return named languages as ``de,it``, empty for none; None where a word is no language."""
    words = [each for each in re.split(rf"[\s,:;]+|\b{AND}\b", text) if each]
    return ",".join(LANGUAGES[each] for each in words) if all(each in LANGUAGES for each in words) else None
