"""Reading a PDF as a stranger would."""

import io

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """Return the text of all pages in one line, every kind of blank as a plain one."""
    return " ".join(" ".join(page.extract_text() for page in reader_of(pdf).pages).split())


def reader_of(pdf: bytes) -> PdfReader:
    """Return a reader of the PDF."""
    return PdfReader(io.BytesIO(pdf))


def metadata_of(pdf: bytes) -> str:
    """Return the XMP packet."""
    stream = reader_of(pdf).trailer["/Root"]["/Metadata"].get_object()
    data: bytes = stream.get_data()
    return data.decode()
