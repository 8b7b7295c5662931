"""Looking at our own installation from outside, and the file that the status page is served from."""
