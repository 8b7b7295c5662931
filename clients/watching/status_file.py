"""A text in a file that readers see whole: written beside it and moved over it in one step."""

import os
import tempfile
from pathlib import Path

LARGEST = 4 * 1024 * 1024


class AtomicStatusFile:
    """Implements ``ports.status_file.StatusFile``."""

    def __init__(self, path: Path) -> None:
        """Write and read this path; its folder is made with the first text."""
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._text: bytes | None = None

    def publish(self, text: bytes) -> None:
        """Replace the text."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.chmod(0o644)
            beside.replace(self._path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def published(self) -> bytes | None:
        """Return the text, read again only when the file is another one."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._stamp:
                self._text = self._path.read_bytes() if found.st_size <= LARGEST else None
                self._stamp = stamp
        except OSError:
            self._stamp, self._text = None, None
        return self._text
