"""Files that people add to cases: what they are, found in their bytes, and how they may be called."""

import re
from collections.abc import Callable, Mapping

from api.domain.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_FILES = 10
"""A case."""
_NAME = re.compile(r"[^\w .()\-]", re.UNICODE)
_LONGEST_NAME = 100


class FileTooLarge(Invalid):
    """The file is larger than ``most_bytes``."""


class FileKindUnknown(Invalid):
    """The bytes are nothing that we take. Fact: ``allowed``."""


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


_KINDS: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/gif": _begins(b"GIF87a", b"GIF89a"),
    "image/webp": lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "image/heic": lambda head: head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"msf1"},
    "application/pdf": _begins(b"%PDF-"),
}
ALLOWED = tuple(_KINDS)
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
}


def kind_of_file(content: bytes) -> str:
    """Return the media type of bytes, whatever their sender called them; raises FileTooLarge, FileKindUnknown."""
    if len(content) > MOST_BYTES:
        raise FileTooLarge("file_too_large", most_bytes=MOST_BYTES)
    found = next((kind for kind, fits in _KINDS.items() if fits(content[:32])), None)
    if found is None:
        raise FileKindUnknown("file_kind_unknown", allowed=list(ALLOWED))
    return found


def safe_name(name: str, media_type: str) -> str:
    """Return a name that is no path and no header, with the ending of what the file is."""
    plain = _NAME.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")[:_LONGEST_NAME]
    stem = plain.rpartition(".")[0] if "." in plain else plain
    return f"{stem or 'file'}.{_ENDINGS[media_type]}"
