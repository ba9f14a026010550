"""A name server as a process: waiting until it answers, and ending it."""

import contextlib
import subprocess
import time

import dns.exception
import dns.flags
import dns.message
import dns.query

from tests.servers.updated import Updated

_PATIENCE = 20.0


def answers(process: subprocess.Popen[bytes], server: Updated) -> bool:
    """Return whether *server* answers for its zone before its *process* dies."""
    query = dns.message.make_query(server.zone, "SOA")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(dns.exception.DNSException, OSError):
            answer = dns.query.udp(query, server.address, port=server.port, timeout=0.2)
            if answer.flags & dns.flags.AA:
                return True
        time.sleep(0.02)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End *process*, kindly at first."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)
