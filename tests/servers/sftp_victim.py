"""Publishes to an sftp host and dies at one change of it; a process of its own.

``python -m tests.servers.sftp_victim SETTINGS WORDS SEQUENCE NTH before|after``
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

from fallback.hosts.sftp import Settings, connect
from fallback.wire.sftp import pipeline
from fallback.wire.sftp.files import Line
from tests.fakes.config import small_config
from tests.fakes.site import small_site


def main(given, words, sequence, nth, moment):
    settings = Settings(**json.loads(given))
    change, lock, count = Line._change, threading.Lock(), [0]

    def deadly(line, path, script, *, size=0):
        with lock:
            count[0] += 1
            mine = count[0] == int(nth)
        if mine and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = yield from change(line, path, script, size=size)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Line._change = deadly
    if moment == "before":  # one by one, or those before it would not be sent either
        pipeline.AT_ONCE = 1
    host = connect(settings, small_config(Path.cwd()))
    host.publish(small_site(words, sequence=int(sequence)))


if __name__ == "__main__":
    main(*sys.argv[1:])
