"""Payment links over HTTP."""
