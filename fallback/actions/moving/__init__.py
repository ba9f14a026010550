"""What redirect, restore and prepare share: ask, show, remember, write, read again."""
