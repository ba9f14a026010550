"""What ``core.wording`` asks of the owner's words, a kind of question a file."""
