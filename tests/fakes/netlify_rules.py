"""How Netlify answers a visitor by ``_redirects`` and ``_headers``, as documented.

(docs.netlify.com: "Redirects and rewrites", "Custom headers".) The first rule that
matches is the only one; without ``!`` a file that is there is shown instead of what the
rule says ("shadowing"). All header rules that match are joined. ``make audit`` asks
Netlify's own program the same questions.
"""

import re

TYPES = {
    "html": "text/html; charset=UTF-8",
    "json": "application/json",
    "xml": "application/xml",
    "js": "application/javascript; charset=UTF-8",
    "txt": "text/plain; charset=UTF-8",
}
_RULES = ("_headers", "_redirects")


def visited(bodies, method, target):
    """Return (status, headers, body) of one request for a site that holds *bodies*."""
    path = target.partition("?")[0]
    shown = {p: body for p, body in bodies.items() if p not in _RULES}
    status, found = _ruled(bodies.get("_redirects", b"").decode(), shown, path)
    if found is None:
        status, found = 404, "404.html"
    body = shown.get(found, b"Not Found")
    kind = TYPES.get(found.rpartition(".")[2], "application/octet-stream")
    if method not in ("GET", "HEAD"):
        status = status if status >= 400 else 405
        body, kind = b"Method Not Allowed", "text/plain"
    headers = {"Content-Type": kind, "Cache-Control": "public,max-age=0"}
    named = _headed(bodies.get("_headers", b"").decode(), path)
    if method not in ("GET", "HEAD"):
        named.pop("Content-Type", None)
    return status, list({**headers, **named}.items()), body


def _ruled(rules, shown, path):
    """Return (status, path of the file) by the first rule that matches."""
    here = _file(shown, path)
    for line in rules.splitlines():
        start, to, code = line.split()
        splat = _matches(start, path)
        if splat is None:
            continue
        if here and not code.endswith("!"):
            return 200, here
        found = _file(shown, to.replace(":splat", splat))
        return (int(code.rstrip("!")), found) if found else (404, None)
    return 200, here


def _file(shown, path):
    name = path.lstrip("/").rstrip("/").lower()
    tried = (name, f"{name}.html", f"{name}/index.html".lstrip("/"))
    return next((one for one in tried if one in shown), None)


def _matches(pattern, path):
    """Return what ``*`` stands for, an empty text without one; ``None``: no match."""
    start, star, _ = pattern.partition("*")
    if star:
        return path[len(start) :] if path.startswith(start) else None
    return "" if path.rstrip("/") == pattern.rstrip("/") else None


def _headed(rules, path):
    found, matches = {}, False
    for line in rules.splitlines():
        if line.startswith("/"):
            matches = _matches(line, path) is not None
        elif matches and line.strip():
            name, value = re.split(r":\s*", line.strip(), maxsplit=1)
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found
