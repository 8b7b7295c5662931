"""What others call their website is a page, or nothing."""

import pytest

from api.domain.roaming.website import website_of


@pytest.mark.parametrize(
    ("told", "page"),
    [
        ("https://volt.example/help?x=1", "https://volt.example/help?x=1"),
        ("HTTP://volt.example", "HTTP://volt.example"),
        (" www.volt.example ", "https://www.volt.example"),
        ("javascript:alert(document.cookie)", None),
        ("JavaScript:alert(1)//https://volt.example", None),
        ("data:text/html,<script>", None),
        ("https://volt.example/ x", None),
        ("none", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_website_is_a_page(told: object, page: str | None) -> None:
    """A scheme that was left out is added; a script, a space, a word are no page."""
    assert website_of(told) == page
