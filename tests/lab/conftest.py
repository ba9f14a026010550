"""One lab for every test of a module: each makes of its world what it needs."""

import pytest

from tests.lab.lab import lab


@pytest.fixture(scope="package")
def running(tmp_path_factory):
    with lab(tmp_path_factory.mktemp("lab") / "world") as made:
        yield made
