"""Tests of the pure rules: no fixtures, no database, two seconds in all."""
