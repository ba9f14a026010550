"""What other status pages keep: their incidents, read and told again in our files.

Pure: bytes come in, values and texts go out. The law of this room: **nothing is lost
silently.** What has no place with us is a ``Problem`` with the file, the line and what
stood there; nothing that was read decides where anything is written.
"""
