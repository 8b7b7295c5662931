"""Typst: one template and one set of bundled fonts make every page; nothing of the machine goes into it.

Compiling takes some 30 ms of one core. It runs in a small pool of threads of its own, so that a hundred downloads at
once queue here instead of taking every thread of the process.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import typst

T = TypeVar("T")
TEMPLATES: Final = Path(__file__).parent / "templates"
THREADS: Final = 2
"""As many pages are made at once in one process."""
_STANDARD: Final[Literal["a-3b"]] = "a-3b"
_PRINTABLE_BELOW: Final = 0x0590
"""Latin, Greek and Cyrillic with their marks: what the bundled fonts have."""
_SIGNS: Final = frozenset("\n–—‘’‚“”„•…€₣→×·−\u202f\u2009\u00a0\u2011")
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="papers")


async def in_the_pool(work: Callable[[], T]) -> T:
    """Run work that costs time away from the event loop, when its turn comes."""
    return await asyncio.get_running_loop().run_in_executor(_pool, work)


def typeset(view: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the page of a view as PDF/A-3b, dated ``at``; the same view makes the same bytes.

    What the fonts cannot show is a question mark: an archivable PDF may hold no character without a picture.
    """
    return typst.compile(
        TEMPLATES / "paper.typ",
        root=TEMPLATES,
        font_paths=typst.Fonts(include_system_fonts=False),
        sys_inputs={"view": json.dumps(_printable(view), ensure_ascii=False)},
        pdf_standards=[_STANDARD],
        timestamp=at.astimezone(UTC),
        format="pdf",
    )


def _printable(value: Any) -> Any:
    """Return a view whose texts hold nothing but what the fonts can show."""
    if isinstance(value, str):
        return "".join(each if _is_printable(each) else "?" for each in value)
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def _is_printable(character: str) -> bool:
    return character in _SIGNS or (character.isprintable() and ord(character) < _PRINTABLE_BELOW)
