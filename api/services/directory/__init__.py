"""The directory of contacts: taking lists in, finding the best line at a moment, changing an entry."""
