"""The tasks that run in the background: each parses its arguments and calls one service.

``api/jobs/app.py`` collects them for the worker. Names and queues are in ``services/deferral.py``.
"""
