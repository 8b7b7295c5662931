"""Tests of reconciliation and of work on findings."""
