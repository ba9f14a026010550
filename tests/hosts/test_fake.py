"""The fake passes the exam that the real hosts pass."""

import pytest
from attrs import define, field

from tests.contracts.host import ShelfContract
from tests.fakes.host import FakeHost


@define
class FakePlace:
    objects: dict = field(factory=dict)
    log: list = field(factory=list)

    def host(self):
        return FakeHost(self.objects, self.log)

    def dying_after(self, writes):
        return FakeHost(self.objects, self.log, writes_left=writes)

    def bodies(self):
        return {path: held[0] for path, held in self.objects.items()}

    def leave(self, path, body):
        self.objects[path] = (body, "text/plain", "")

    def writes(self):
        done = [path for _, path in self.log]
        self.log.clear()
        return done


class TestFakeHost(ShelfContract):
    @pytest.fixture
    def place(self):
        return FakePlace()
