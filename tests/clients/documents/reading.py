"""Reading a PDF as a stranger would."""

import io
from typing import Any, cast

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def text_of(pdf: bytes) -> str:
    """Return the text of all pages in one line, every kind of blank as a plain one."""
    return " ".join(" ".join(page.extract_text() for page in reader_of(pdf).pages).split())


def reader_of(pdf: bytes) -> PdfReader:
    """Return a reader of the PDF."""
    return PdfReader(io.BytesIO(pdf))


def root_of(pdf: bytes) -> dict[str, Any]:
    """Return the catalog."""
    return dict(cast(DictionaryObject, reader_of(pdf).trailer["/Root"].get_object()))


def metadata_of(pdf: bytes) -> str:
    """Return the XMP packet."""
    data: bytes = root_of(pdf)["/Metadata"].get_object().get_data()
    return data.decode()
