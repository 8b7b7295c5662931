"""Tests of ``api.cli``, the command line."""
