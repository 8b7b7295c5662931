"""What a person may type where an id or a name is wanted: one line that can be shown."""

import typer

_LONGEST = 200


def plain(value: str | None) -> str | None:
    """Return the value of an argument or option; raises BadParameter unless it is one short line of visible text."""
    if value is not None and (not value.strip() or not value.isprintable() or len(value) > _LONGEST):
        raise typer.BadParameter("one short line of visible text is wanted")
    return value
