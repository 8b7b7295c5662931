"""Rules of help: opening hours, whom to call, and what else support decides by."""
