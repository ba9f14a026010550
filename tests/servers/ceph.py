"""Ceph's RADOS Gateway from Debian's packages: the most faithful S3 there is to be had.

It verifies signatures and Content-MD5, honours conditions, speaks TLS, and answers as a
website for any ``Host`` that is the name of a bucket. One monitor, one OSD that keeps
everything in memory, no manager; everything on loopback and free ports.

One cluster serves all the workers of a test run. A keeper process of its own holds it:
every user holds a shared lock on one file, and when the last is gone, killed ones
included, the keeper gets that lock for itself and ends the daemons; should the keeper
be killed, the kernel ends them.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import uuid4

from attrs import define, field, frozen

from tests import need
from tests.servers.s3 import KEY, SECRET, client_of

ROOT = Path(__file__).parents[2]
STRANGER = "AKIASTRANGERSTRANGER", "toy+secret/of-a-stranger"
"""The key of another user, who owns other buckets."""
_PATIENCE = 120
_ONE_TRY = 15

_CONF = """\
[global]
fsid = {fsid}
mon_host = 127.0.0.1:{mon}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}
admin_socket =
log_file = {folder}/$name.log
pid_file = {folder}/$name.$pid.pid
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 2
osd_pool_default_pgp_num = 2
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_data_avail_warn = 1
mon_data_avail_crit = 1
[mon]
mon_data = {folder}/mon
[osd]
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_class_load_list = *
osd_class_default_list = *
[client]
rgw_dns_name = s3.localhost
rgw_dns_s3website_name = s3-website.localhost
rgw_enable_static_website = true
rgw_thread_pool_size = 64
rgw_max_concurrent_requests = 256
rgw_run_sync_thread = false
[client.rgw.api]
rgw_enable_apis = s3, admin
rgw_frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:{http} \
ssl_endpoint=127.0.0.1:{https} \
ssl_certificate={folder}/server.pem ssl_private_key={folder}/server.key
[client.rgw.web]
rgw_dns_name = s3-website.localhost
rgw_enable_apis = s3website
rgw_frontends = beast endpoint=127.0.0.1:{website}
"""


@frozen
class Ceph:
    """A running cluster. ``ca`` is the private authority of its TLS certificate."""

    http: int
    https: int
    website: int
    ca: Path

    @property
    def port(self):
        return self.http

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.http}"

    @property
    def secure(self):
        return f"https://127.0.0.1:{self.https}"

    def client(self):
        """Return a plain client: the view from behind the product's back."""
        return client_of(self.endpoint)

    def make_bucket(self, name=None, *, website=False):
        """Make a bucket; a *website* may be read by everybody, at ``Host: name``."""
        name = name or f"b-{uuid4().hex}"
        client = self.client()
        client.create_bucket(Bucket=name)
        if website:
            anybody = {
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": [f"arn:aws:s3:::{name}/*"],
            }
            policy = {"Version": "2012-10-17", "Statement": [anybody]}
            client.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
            client.put_bucket_website(
                Bucket=name,
                WebsiteConfiguration={
                    "IndexDocument": {"Suffix": "index.html"},
                    "ErrorDocument": {"Key": "404.html"},
                },
            )
        return name

    def visit(self, bucket, path="/", method="GET"):
        """Ask as a visitor of the domain *bucket*; (status, headers, body)."""
        connection = HTTPConnection("127.0.0.1", self.website, timeout=20)
        try:
            connection.request(method, path, headers={"Host": bucket})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@contextmanager
def shared_ceph(tmp_path_factory) -> Iterator[Ceph]:
    """Join the cluster of this test run, whatever the number of its workers."""
    own = tmp_path_factory.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with ceph(run / "ceph") as cluster:
        yield cluster


@contextmanager
def ceph(folder: Path) -> Iterator[Ceph]:
    """Join the cluster that is kept in *folder*, or be the first to start it."""
    for name in ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "openssl"):
        need.program(name)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("a") as users, (folder / "first").open("a") as first:
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(first, fcntl.LOCK_EX)
        ready = folder / "ready.json"
        if not ready.exists():
            _start_keeper(folder, ready)
        fcntl.flock(first, fcntl.LOCK_UN)
        yield Ceph(**json.loads(ready.read_text()), ca=folder / "ca.pem")


def _start_keeper(folder, ready):
    """Start it as nobody's child: it outlives the worker that was first."""
    ended = folder / "ended"
    ended.unlink(missing_ok=True)
    with (folder / "keeper.log").open("wb") as log:
        subprocess.run(
            [need.program("setsid"), "--fork",
             sys.executable, "-m", "tests.servers.ceph", str(folder)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True,
        )  # fmt: skip
    _await(lambda: ready.exists() or ended.exists(), "ceph")
    assert ready.exists(), (folder / "keeper.log").read_text()[-3000:]


@define
class _Keeper:
    folder: Path
    daemons: list = field(factory=list)
    ports: dict = field(factory=dict)
    fsid: str = field(factory=lambda: str(uuid4()))

    def run(self):
        """Start everything, wait for the last user to go, end everything."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        # whoever comes while it ends waits for that lock, and starts another one
        with (self.folder / "users").open("a") as users:
            try:
                self.start()
                fcntl.flock(users, fcntl.LOCK_EX)
            finally:
                (self.folder / "ready.json").unlink(missing_ok=True)
                for daemon in reversed(self.daemons):
                    daemon.kill()
                for daemon in self.daemons:
                    daemon.wait()
                (self.folder / "ended").touch()

    def start(self):
        certificate(self.folder)
        self.configure()
        self.cluster()
        self.daemon("radosgw", "-n", "client.rgw.api")
        _await(lambda: _answers(self.ports["http"]), "radosgw")
        self.daemon("radosgw", "-n", "client.rgw.web")
        for user, key, secret in (("fallback", KEY, SECRET), ("stranger", *STRANGER)):
            self.told(
                "radosgw-admin", "user", "create", f"--uid={user}",
                f"--display-name={user}", f"--access-key={key}",
                f"--secret-key={secret}",
            )  # fmt: skip
        _await(lambda: _answers(self.ports["website"]), "the website's radosgw")
        listening = {name: self.ports[name] for name in ("http", "https", "website")}
        fresh = self.folder / "ready.new"
        fresh.write_text(json.dumps(listening))
        fresh.rename(self.folder / "ready.json")

    def configure(self):
        names = ("mon", "http", "https", "website")
        with _free_ports(len(names)) as free:
            self.ports = dict(zip(names, free, strict=True))
        for name in ("mon", "osd"):  # an earlier cluster's know other ports than ours
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        text = _CONF.format(fsid=self.fsid, folder=self.folder, **self.ports)
        (self.folder / "ceph.conf").write_text(text)

    def cluster(self):
        """Start one monitor and one OSD in memory."""
        monitors = str(self.folder / "monmap")
        address = f"[v1:127.0.0.1:{self.ports['mon']}]"
        self.told(
            "monmaptool", "--create", "--clobber", "--fsid", self.fsid,
            "--addv", "a", address, monitors, conf=False,
        )  # fmt: skip
        self.told("ceph-mon", "--mkfs", "-i", "a", "--monmap", monitors)
        self.daemon("ceph-mon", "-i", "a")
        osd = str(uuid4())
        _await(lambda: self.tried("ceph", "osd", "new", osd), "ceph-mon")
        self.told("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        _await(self.osd_is_up, "ceph-osd")

    def osd_is_up(self):
        """Look after the OSD: it gives up when it is quicker than the monitor."""
        osd = self.daemons[-1]
        if len(self.daemons) == 1:
            self.daemon("ceph-osd", "-i", "0")
        elif osd.poll() is not None:
            self.daemons.pop()
        return "1 up" in self.told("ceph", "osd", "stat")

    def daemon(self, program, *words):
        self.daemons.append(
            subprocess.Popen(
                [need.program(program), "-c", str(self.folder / "ceph.conf"),
                 *words, "-f"],
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one thread
            )
        )  # fmt: skip

    def told(self, program, *words, conf=True, patience=_PATIENCE):
        """Run *program* to its end; return what it says."""
        where = ("-c", str(self.folder / "ceph.conf")) if conf else ()
        done = subprocess.run(
            [need.program(program), *where, *words],
            capture_output=True, text=True, timeout=patience, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
        return done.stdout

    def tried(self, *words):
        """Ask once more where nobody answers: who came too early is never answered."""
        with suppress(AssertionError, subprocess.TimeoutExpired):
            self.told(*words, patience=_ONE_TRY)
            return True
        return False


def certificate(folder: Path) -> None:
    """Make a private authority, and a certificate for 127.0.0.1, in *folder*."""
    names = "subjectAltName=DNS:localhost,DNS:*.s3.localhost,IP:127.0.0.1"
    (folder / "names").write_text(names)
    new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    request = f"req {new} -keyout server.key -out server.csr -subj /CN=localhost"
    signing = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
    for words in (
        f"req -x509 {new} -keyout ca.key -out ca.pem -days 30 -subj /CN=lab",
        request,
        f"{signing} -days 30 -extfile names -out server.pem",
    ):
        subprocess.run(
            [need.program("openssl"), *words.split()],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip


def _end_with_parent():
    """Have the kernel kill this process when the keeper is gone (prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _answers(port):
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, HTTPException):
        connection.request("GET", "/")
        connection.getresponse().read()
        return True
    return False


def _await(there, what):
    ends = time.monotonic() + _PATIENCE
    while not there():
        assert time.monotonic() < ends, f"{what} did not start"
        time.sleep(0.1)


@contextmanager
def _free_ports(count):
    """Find ports that are free now, below those that outgoing connections take."""
    held = []
    try:
        number = 20000 + os.getpid() % 10000
        while len(held) < count:
            number += 1
            probe = socket.socket()
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                probe.close()
                continue
            held.append(probe)
        yield [probe.getsockname()[1] for probe in held]
    finally:
        for probe in held:
            probe.close()


if __name__ == "__main__":
    _Keeper(Path(sys.argv[1]).resolve()).run()
