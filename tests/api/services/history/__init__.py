"""Tests of the history: who paid, what is exported, what is rated."""
