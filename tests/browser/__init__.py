"""Pages in a real browser: few journeys, each whole, on a phone and on a desk; skipped where there is no Chromium."""
