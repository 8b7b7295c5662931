"""Tests of the app API through HTTP, on real PostgreSQL and fake ports."""
