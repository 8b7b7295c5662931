"""JSON without loss: every number that is not whole becomes an exact ``Decimal``, and comes out as it went in.

Lives here: text to values and back. Does not live here: what the values mean (``v*/wire``). Numbers in OCPI are JSON
numbers with four or more decimals (2.2.1 chapter 16, number), so binary floating point is never good enough for them.
"""

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from clients.ocpi.unreadable import NotJson

Shape = TypeVar("Shape")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def parse(body: bytes) -> object:
    """Decode a JSON body; raises NotJson for truncated text, NaN, bad UTF-8, absurd numbers and absurd nesting."""
    text = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        value: object = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotJson(f"body: {error}") from None
    except RecursionError:
        raise NotJson("body: nested too deeply") from None
    except ArithmeticError:
        raise NotJson("body: a number has an absurd exponent") from None
    return value


class Plain(Generic[Shape]):
    """Reads JSON straight into a shape of plain types, for what comes in great numbers."""

    def __init__(self, shape: type[Shape]) -> None:
        self._decoder = msgspec.json.Decoder(shape, float_hook=Decimal)

    def read(self, text: str | bytes) -> Shape | None:
        """Return the shape, None where the text does not fit it to the letter and has to be read with more patience."""
        try:
            return self._decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ArithmeticError):
            return None


def compact(slice_of_json: msgspec.Raw) -> str:
    """Return a piece of a JSON text without the spaces between its parts; raises NotJson."""
    try:
        return msgspec.json.format(bytes(slice_of_json), indent=-1).decode()
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotJson(f"text: {error}") from None
    except RecursionError:
        raise NotJson("body: nested too deeply") from None


def dump(value: object) -> str:
    """Write a value from ``parse`` (or our own dicts with str, int, Decimal, bool, None) as compact JSON text."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeError as error:
        raise NotJson(f"text: {error}") from None
    except RecursionError:
        raise NotJson("body: nested too deeply") from None
