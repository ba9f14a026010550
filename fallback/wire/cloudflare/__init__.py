"""Cloudflare's API: DNS records, and the worker that shows the page."""
