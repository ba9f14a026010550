"""What a watcher looks at, beside the shop too, and what it carries out."""
