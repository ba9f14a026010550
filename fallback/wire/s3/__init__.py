"""A bucket behind any S3 API: its objects, its errors, and publishing to it."""
