"""A server by SFTP: its login, its files, and releases of the page on it."""
