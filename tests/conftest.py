"""What holds for every test."""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader
from hypothesis import settings

from tests.counting import count, pytest_addoption, pytest_configure

__all__ = ["count", "pytest_addoption", "pytest_configure"]

# a slow or busy machine is no failure: no timed threshold sits in a test
settings.register_profile("everywhere", deadline=None, max_examples=60)
settings.load_profile("everywhere")


@pytest.fixture(scope="session", autouse=True)
def models_of_aws() -> Iterator[None]:
    """Read botocore's models once: a third of a second for each client otherwise."""
    loader, read = JSONFileLoader(), JSONFileLoader.load_file
    kept = cache(lambda path: read(loader, path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda _, path: kept(path))
        yield
