"""Reads for the pages of staff: lists, one charge with all that happened, search, figures. They change nothing."""
