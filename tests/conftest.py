"""What holds for every test."""

from hypothesis import settings

# a slow or busy machine is no failure: no timed threshold sits in a test
settings.register_profile("everywhere", deadline=None)
settings.load_profile("everywhere")
