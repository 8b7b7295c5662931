"""How articles are written: plain text with an empty line between blocks, ``- `` before points, ``1. `` before steps.

So the same text is a page, a screen of an app and a mail, and nobody's text can carry markup into a page.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_TITLE = 120
LONGEST_SUMMARY = 300
LONGEST_BODY = 4000
_POINT = re.compile(r"^- +")
_STEP = re.compile(r"^\d{1,2}\. +")


class BlockKind(StrEnum):
    """What a block is shown as."""

    PARAGRAPH = "paragraph"
    POINTS = "points"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph (a single item) or one list (an item each)."""

    kind: BlockKind
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """An article in one language."""

    title: str
    summary: str
    body: str


def blocks_of(body: str) -> tuple[Block, ...]:
    """Return the blocks of a text; lines that do not begin a point or a step go on with the one before."""
    found = []
    for part in re.split(r"\n\s*\n", body.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        if lines:
            found.append(_block(lines))
    return tuple(found)


def _block(lines: list[str]) -> Block:
    for kind, mark in ((BlockKind.POINTS, _POINT), (BlockKind.STEPS, _STEP)):
        if mark.match(lines[0]):
            items: list[str] = []
            for line in lines:
                if mark.match(line):
                    items.append(mark.sub("", line))
                else:
                    items[-1] += f" {line}"
            return Block(kind, tuple(items))
    return Block(BlockKind.PARAGRAPH, (" ".join(lines),))


def whole(words: Words) -> bool:
    """Say whether all three parts are there and none is too long."""
    parts = ((words.title, LONGEST_TITLE), (words.summary, LONGEST_SUMMARY), (words.body, LONGEST_BODY))
    return all(text.strip() and len(text) <= most for text, most in parts)
