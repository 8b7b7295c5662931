"""Rules of helping people: topics and who answers for them, how articles are written, what codes mean."""
