"""What each kind of host promises to answer, as its adapter's own code says it."""

from typing import Any, cast

from fallback.core.hosts.capabilities import Capabilities
from fallback.hosts.cloudflare_worker import WorkerHost
from fallback.hosts.netlify import NetlifyHost
from fallback.hosts.sftp import SftpHost
from fallback.wire.s3.host import S3Host

NOBODY = cast(Any, object())
"""Stands for whom an adapter would speak to: here it is only asked what it promises."""

_HEAD = (
    "| | front page | any other address | a POST | Retry-After"
    " | https before DNS moves |"
)
_PROMISES: dict[str, dict[str, Capabilities]] = {
    "folder": {"any web server": Capabilities()},
    "s3": {
        "with `distribution`": S3Host(NOBODY, "", NOBODY).caps,
        "Amazon's bucket website": S3Host(NOBODY, "").caps,
        "another operator's bucket": S3Host(NOBODY, "", foreign=True).caps,
    },
    "netlify": {
        "with a certificate of your own": NetlifyHost(NOBODY, "", certified=True).caps,
        "without": NetlifyHost(NOBODY, "").caps,
    },
    "cloudflare_worker": {"as `setup` makes it": WorkerHost(NOBODY, ()).caps},
    "sftp": {
        "with `server`": SftpHost(NOBODY, "/", snippet=True).caps,
        "without": SftpHost(NOBODY, "/").caps,
    },
}


def answers(kind: str) -> str:
    """Return a table of what a host of *kind* promises under the shop's own names."""
    rows = [
        f"| {how} | {_status(caps.front)} | {_status(caps.deep)} | {_status(caps.post)}"
        f" | {_truth(caps.retry_after)} | {_truth(caps.tls_ahead)} |"
        for how, caps in _PROMISES[kind].items()
    ]
    return "\n".join([_HEAD, "|---|---|---|---|---|---|", *rows])


def _status(status: int | None) -> str:
    return "not known" if status is None else str(status)


def _truth(answer: bool | None) -> str:
    return "not known" if answer is None else "yes" if answer else "no"
