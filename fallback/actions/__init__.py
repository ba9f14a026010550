"""The use cases, one verb a file: each is called by one command and returns a value."""
