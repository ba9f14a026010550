"""The owner's files, read: names, headers, moments and words, and what is wrong."""
