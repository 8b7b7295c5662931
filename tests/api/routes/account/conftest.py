"""The application of the app API's tests, which has the pages too."""

from tests.api.routes.app.conftest import ada, anyone, app, bob

__all__ = ["ada", "anyone", "app", "bob"]
