"""HTTP and TLS, both ways: bounded requests, kept connections, servers of our own."""
