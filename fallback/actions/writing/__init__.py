"""From the owner's files to words and looks: read in bounds, kept, and proofread."""
