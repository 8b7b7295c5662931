"""Rules of help: what is down, what looks wrong before anybody complains, how starts are counted."""
