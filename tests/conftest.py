"""What holds for every test."""

from hypothesis import settings

from tests.counting import count, pytest_addoption, pytest_configure

__all__ = ["count", "pytest_addoption", "pytest_configure"]

# a slow or busy machine is no failure: no timed threshold sits in a test
settings.register_profile("everywhere", deadline=None, max_examples=60)
settings.load_profile("everywhere")
