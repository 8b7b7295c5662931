"""Addresses of drivers as pages show them, enough to tell two apart, too little to write to (payments.md 3.2 27)."""


def masked(email: str | None) -> str:
    """Return ``r…n@example.com`` for ``robin@example.com``; a dash where there is none."""
    name, at, domain = (email or "").partition("@")
    if not at or not name:
        return "–"
    return f"{name[0]}…{name[-1] if len(name) > 2 else ''}@{domain}"
