"""nginx and Caddy with the rules that the product writes, on a free loopback port."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import need

_NGINX = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {rules};
}}
"""


@contextmanager
def nginx(folder: Path, rules: Path, port: int) -> Iterator[None]:
    main = folder / "main.conf"
    # a started server as root gives its workers to nobody, who may not read here
    user = "user root;\n" if os.geteuid() == 0 else ""
    main.write_text(user + _NGINX.format(folder=folder, rules=rules))
    with _running([need.program("nginx"), "-c", str(main)], folder, port):
        yield


@contextmanager
def caddy(
    folder: Path, rules: Path, port: int, *, options: str = "auto_https off"
) -> Iterator[None]:
    main = folder / "Caddyfile.main"
    main.write_text(f"{{\n\tadmin off\n\t{options}\n}}\nimport {rules}\n")
    command = [need.program("caddy"), "run", "--adapter", "caddyfile", "--config", main]
    with _running(list(map(str, command)), folder, port):
        yield


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    log = folder / "server.log"
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with log.open("wb") as talk:
        process = subprocess.Popen(command, stdout=talk, stderr=talk, env=home)
    try:
        _await(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _await(process: subprocess.Popen, port: int, log: Path) -> None:
    ends = time.monotonic() + 20
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
