"""The kinds of error that a use case may raise.

An error is raised beside what raises it, as a subclass of one of these kinds. It carries a stable ``code`` and the
facts that explain it, and no HTTP status: each face (app API, OCPI, pages) renders the kinds in its own convention.

Does not live here: the concrete errors, which stand beside the code that raises them, and their rendering.
"""


class AppError(Exception):
    """An anticipated error with a stable code and the facts that explain it."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep ``code`` (stable, lower_snake, read by clients) and ``facts`` (safe to show to the caller)."""
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        """Return the code and the facts on one line, for logs."""
        facts = " ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} {facts}".strip()


class Invalid(AppError):
    """The input cannot be understood or breaks a rule of form; the caller must change it."""


class Unauthenticated(AppError):
    """The caller did not prove who they are."""


class Forbidden(AppError):
    """The caller is known and may not do this."""


class NotFound(AppError):
    """The thing does not exist, or the caller may not know that it does."""


class Conflict(AppError):
    """The thing is in a state in which this cannot be done now."""


class Refused(AppError):
    """The request was understood and a rule or another party said no."""


class Upstream(AppError):
    """Another system did not do its part: unreachable, slow, or answering nonsense."""
