"""HTTP both ways: bounded requests, kept connections, and small servers of our own."""
