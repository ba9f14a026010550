"""Content in, files out: pure rendering of the page and everything beside it."""
