"""A host in memory: strict, and misbehaving on demand. It passes the hosts' exam."""

import threading
from datetime import timedelta
from hashlib import sha256

from attrs import define, field

from fallback.core.hosts.capabilities import Capabilities
from fallback.wire import publishing


class KilledError(BaseException):
    """The process was killed here; nothing in the product may catch it."""


@define
class FakeHost:
    """See ``fallback.core.ports.Host``; ``objects`` is path -> (body, type, cache).

    ``writes_left`` is how many writes succeed before it dies, ``fails_with`` what a
    publish raises, ``hangs`` makes it never answer, ``lies`` what it holds instead.
    """

    objects: dict = field(factory=dict)
    log: list = field(factory=list)
    writes_left: int | None = None
    fails_with: BaseException | None = None
    hangs: timedelta | None = None
    lies: dict = field(factory=dict)
    was_asked: threading.Event = field(factory=threading.Event)
    caps: Capabilities = field(factory=Capabilities)

    def publish(self, site):
        self.was_asked.set()
        if self.hangs is not None:
            threading.Event().wait(self.hangs.total_seconds())
        if self.fails_with is not None:
            raise self.fails_with
        return publishing.publish(site, self)

    def read_back(self):
        return publishing.read_back(self) | self.lies

    def get(self, path):
        found = self.objects.get(path)
        return None if found is None else found[0]

    def intact(self, files):
        return {
            file.path
            for file in files
            if self.objects.get(file.path)
            == (file.body, file.content_type, file.cache_control)
            and sha256(file.body).hexdigest() == file.digest
        }

    def put(self, files):
        for file in files:
            self._counted("put", file.path)
            self.objects[file.path] = (file.body, file.content_type, file.cache_control)

    def remove(self, paths):
        for path in paths:
            self._counted("delete", path)
            self.objects.pop(path, None)
        return ()

    def _counted(self, verb, path):
        if self.writes_left == 0:
            raise KilledError
        if self.writes_left is not None:
            self.writes_left -= 1
        self.log.append((verb, path))
