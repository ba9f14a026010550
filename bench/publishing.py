"""Publishing to a bucket far away, beside the programs one would use instead.

A real S3 server (Ceph) over TLS, behind a proxy that puts a round trip of 40 ms in
front of it. Each run is a cold process on a bucket of its own; the rounds of all
competitors alternate, so that a busy moment meets everybody.
"""

import os
import re
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from attrs import frozen

from bench import sites
from bench.process import Cost, run
from fallback.core.model import MANIFEST
from tests.servers.ceph import Ceph, ceph
from tests.servers.s3 import KEY, SECRET

BIN = Path(sysconfig.get_path("scripts"))
ROUND_TRIP = 40
"""Milliseconds."""
ROUNDS = {30: (7, 1), 2_000: (1, 5)}
"""By the number of files: how often from nothing, and how many changes after each."""
MOST_OF_RCLONE = 1.2
LEAST_OF_BOTO3 = 2.0


@frozen
class Far:
    """A server behind the delaying proxy."""

    endpoint: str
    pid: int

    def cpu(self) -> float:
        """Return the seconds that the proxy has computed."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@frozen
class Round:
    """One publish: what it cost, and which objects the server holds anew after it."""

    cost: Cost
    rewritten: frozenset[str]


@contextmanager
def far(port: int, milliseconds: float) -> Iterator[Far]:
    """Put a round trip of so many *milliseconds* before the server at *port*."""
    command = [sys.executable, "-m", "bench.delay", str(port), str(milliseconds / 1000)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            where = process.stdout.readline().strip()
            yield Far(f"https://127.0.0.1:{where}", process.pid)
        finally:
            process.kill()


def commands(folder: Path, endpoint: str, bucket: str, ca: Path) -> Mapping[str, list]:
    """Return what each competitor is called with, to make *bucket* hold *folder*."""
    python = [sys.executable, "-m", "bench.uploads"]
    words = [str(folder), endpoint, bucket, str(ca)]
    host = endpoint.removeprefix("https://")
    remote = (
        f":s3,provider=Ceph,env_auth=true,endpoint='{endpoint}',region=us-east-1,"
        f"no_check_bucket=true:{bucket}"
    )
    return {
        "fallback": [*python, "ours", *words],
        "rclone": [str(BIN / "rclone"), "sync", str(folder), remote, "--checksum",
                   "--transfers=16", "--checkers=16", "--fast-list",
                   f"--ca-cert={ca}", "--config="],
        "obstore": [*python, "obstore", *words],
        "boto3 threads": [*python, "boto3", *words],
        "aws s3 sync": [str(BIN / "aws"), "s3", "sync", str(folder), f"s3://{bucket}",
                        f"--endpoint-url={endpoint}", f"--ca-bundle={ca}",
                        "--only-show-errors"],
        "s3cmd": ["s3cmd", "sync", "--no-progress", "--quiet", f"--host={host}",
                  f"--host-bucket={host}", f"--ca-certs={ca}", "--region=us-east-1",
                  f"--access_key={KEY}", f"--secret_key={SECRET}", "--config=/dev/null",
                  f"{folder}/", f"s3://{bucket}/"],
    }  # fmt: skip


def settings(folder: Path) -> None:
    """Give every competitor the same key, and sixteen at once."""
    config = folder / "aws.ini"
    config.write_text("[default]\ns3 =\n  max_concurrent_requests = 16\n")
    os.environ |= {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(config),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "PYTHONPATH": str(sites.ROOT),
    }


def page_folder(folder: Path, files: int) -> Path:
    """Write *files* pages of about 8 kB: a front page, and a long log below it."""
    words = (sites.ROOT / "README.md").read_text("utf-8")[:8_000]
    for number in range(files):
        path = folder / ("index.html" if not number else f"_fallback/log/{number}.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            '<!doctype html><meta name="generator" content="fallback">'
            f"<p>{number:05}</p><pre>{words}</pre>"
        )
    return folder


def change_one(folder: Path, number: int) -> None:
    """Let one file say something else in as many bytes; all look new, as in CI."""
    path = folder / "_fallback" / "log" / "1.html"
    path.write_text(re.sub(r"<p>\d{5}", f"<p>{90_000 + number}", path.read_text()))
    for each in folder.rglob("*"):
        os.utime(each, None)


def held(server: Ceph, bucket: str) -> Mapping[str, tuple[str, str]]:
    """Return what identifies each write to *bucket*: tag and moment, by key."""
    pages = server.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {
        entry["Key"]: (entry["ETag"], entry["LastModified"].isoformat())
        for page in pages
        for entry in page.get("Contents", ())
    }


def publish(server: Ceph, bucket: str, command: Sequence[str], folder: Path) -> Round:
    """Run *command* once and compare what the server holds before and after."""
    before = held(server, bucket)
    cost = run(command, cwd=folder)
    after = held(server, bucket)
    anew = frozenset(key for key, value in after.items() if before.get(key) != value)
    return Round(cost, anew)


def compete(
    server: Ceph, there: Far, folder: Path, files: int, rounds: tuple[int, int]
) -> tuple[dict[str, list[Round]], dict[str, list[Round]]]:
    """Return each competitor's rounds: the first time, and after one changed file."""
    first: dict[str, list[Round]] = {}
    again: dict[str, list[Round]] = {}
    times, changes = rounds
    for number in range(times):
        for name in commands(folder, "", "", folder):
            source = page_folder(
                folder / f"{files}-{number}-{name.replace(' ', '-')}", files
            )
            bucket = server.make_bucket()
            command = commands(source, there.endpoint, bucket, server.ca)[name]
            first.setdefault(name, []).append(publish(server, bucket, command, folder))
            for change in range(changes):
                change_one(source, change)
                once = publish(server, bucket, command, folder)
                again.setdefault(name, []).append(once)
    return first, again


def typical(rounds: Sequence[Round]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        median(each.cost.wall for each in rounds),
        median(each.cost.cpu for each in rounds),
        median(each.cost.memory for each in rounds),
    )


def table(named: Mapping[str, Sequence[Round]]) -> Iterator[str]:
    """Yield the lines of one table."""
    base = typical(named["rclone"])
    yield "| | wall s | CPU s | peak MiB | objects written | wall against rclone |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, rounds in named.items():
        cost = typical(rounds)
        written = rounds[-1].rewritten
        count = f"{len(written - {MANIFEST})}"
        count += " + manifest" if MANIFEST in written else ""
        yield (
            f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} |"
            f" {count} | {cost.wall / base.wall:.2f} × |"
        )
    yield ""


def gates(what: str, named: Mapping[str, Sequence[Round]]) -> Iterator[str]:
    """Yield what is not as it should be."""
    wall = {name: typical(rounds).wall for name, rounds in named.items()}
    ours = wall["fallback"]
    if ours > MOST_OF_RCLONE * wall["rclone"]:
        yield f"- FAILED: {what}: {ours / wall['rclone']:.2f} × rclone's time"
    if ours * LEAST_OF_BOTO3 > wall["boto3 threads"]:
        yield f"- FAILED: {what}: {wall['boto3 threads'] / ours:.2f} × as fast as boto3"


def to_one_bucket(
    server: Ceph, folder: Path, sizes: Mapping[int, tuple[int, int]]
) -> Iterator[str]:
    """Measure one bucket, first time and after one change."""
    for files, rounds in sizes.items():
        with far(server.https, ROUND_TRIP) as there:
            begun, busy = time.monotonic(), there.cpu()
            first, again = compete(server, there, folder, files, rounds)
            share = (there.cpu() - busy) / (time.monotonic() - begun)
        for what, named in (("first time", first), ("one file changed", again)):
            yield f"### {files:,} files, {what}\n"
            yield from table(named)
            yield from gates(f"{files:,} files, {what}", named)
        for each in again["fallback"]:
            if len(each.rewritten - {MANIFEST}) != 1 or MANIFEST not in each.rewritten:
                yield f"- FAILED: {len(each.rewritten)} objects written for one change"
        yield f"The proxy computed for {share:.0%} of the time.\n"


def through_the_proxy(server: Ceph, folder: Path, files: int) -> Iterator[str]:
    """Show that the proxy is not what is waited for: with no delay, and without it."""
    source = page_folder(folder / "throughput", files)
    walls = {"directly": [], "by the proxy, without delay": []}
    with far(server.https, 0) as there:
        for _ in range(3):
            for name, endpoint in zip(
                walls, (server.secure, there.endpoint), strict=True
            ):
                bucket = server.make_bucket()
                command = commands(source, endpoint, bucket, server.ca)["rclone"]
                walls[name].append(publish(server, bucket, command, folder).cost.wall)
    told = ", ".join(f"{name} {median(each):.2f} s" for name, each in walls.items())
    yield f"{files:,} files by rclone: {told}.\n"


HOSTS = """
[[hosts]]
kind = "folder"
path = "copy"
{buckets}
[network]
ca_file = "{ca}"
"""
BUCKET = """
[[hosts]]
kind = "s3"
bucket = "{bucket}"
endpoint = "{endpoint}"
access_key = "env:AWS_ACCESS_KEY_ID"
secret_key = "env:AWS_SECRET_ACCESS_KEY"
"""


def to_three_hosts(server: Ceph, folder: Path) -> Iterator[str]:
    """Measure the whole command: build, three hosts at once, and a look at each."""
    costs: list[Cost] = []
    with ExitStack() as stack:
        ends = [stack.enter_context(far(server.https, ROUND_TRIP)) for _ in range(2)]
        for number in range(5):
            site = sites.ours(folder / f"three-{number}", 2)
            settings = (site / "fallback.toml").read_text("utf-8")
            before, _, after = settings.partition("[[hosts]]")
            rest = after.partition("# Which names lead")[2]
            buckets = "".join(
                BUCKET.format(bucket=server.make_bucket(), endpoint=end.endpoint)
                for end in ends
            )
            hosts = HOSTS.format(buckets=buckets, ca=server.ca)
            (site / "fallback.toml").write_text(before + "#" + rest + hosts, "utf-8")
            costs.append(run([str(BIN / "fallback"), "deploy"], cwd=site))
            files = sum(path.is_file() for path in (site / "copy").rglob("*"))
    wall = median(cost.wall for cost in costs)
    memory = median(cost.memory for cost in costs)
    yield "### A usual page to three hosts\n"
    yield (
        f"`fallback deploy` of {files} files to a folder and two buckets, from cold:"
        f" {wall:.2f} s, {memory:.0f} MiB (each built, published and looked at).\n"
    )
    if wall > 2:
        yield f"- FAILED: a usual page took {wall:.2f} s to three hosts"


def publishing(
    folder: Path, sizes: Mapping[int, tuple[int, int]] = ROUNDS
) -> Iterator[str]:
    """Measure publishing; *sizes* are numbers of files, and how many rounds of each."""
    yield "## Publishing to a bucket\n"
    yield (
        f"Ceph over TLS behind {ROUND_TRIP} ms of round trip, cold processes, sixteen"
        " requests at once where one can say so, medians. Every file has a new"
        " modification time the second time, and one of them another body of the same"
        " length.\n"
    )
    settings(folder)
    with ceph(folder / "ceph") as server:
        yield from to_one_bucket(server, folder, sizes)
        yield from through_the_proxy(server, folder, min(max(sizes), 500))
        yield from to_three_hosts(server, folder)
