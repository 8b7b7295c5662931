"""A fresh code as a picture for the display of a post: black on white, with the digits for those who cannot scan."""

from html import escape

import segno

_QUIET = 4
"""Blank modules around a code, as its standard asks for."""
_LINE = 5
"""Height of the text below, in modules."""


def qr_svg(url: str, *, digits: str, title: str) -> str:
    """Return an SVG of ``url`` as a QR code with ``digits`` below it; ``title`` says what it is for."""
    matrix = segno.make(url, error="m", micro=False).matrix
    size = len(matrix)
    path = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(matrix) for x, module in enumerate(row) if module
    )
    width, height = size + 2 * _QUIET, size + 2 * _QUIET + _LINE
    shown = f"{digits[:3]} {digits[3:]}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title)}: {escape(shown)}</title>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<path d="{path}" fill="#000" shape-rendering="crispEdges"/>'
        f'<text x="{width / 2:g}" y="{height - 3}" text-anchor="middle" font-family="monospace" font-size="5"'
        f' font-weight="bold">{escape(shown)}</text></svg>\n'
    )
