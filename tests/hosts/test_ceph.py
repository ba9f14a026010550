"""A bucket on a real server that verifies what it is sent: Ceph, plain and by TLS."""

import pytest
from attrs import evolve

from tests.contracts.host import ShelfContract
from tests.hosts.buckets import BucketPlace


@pytest.fixture
def ceph_bucket(ceph):
    return ceph.make_bucket()


@pytest.fixture
def secure_config(config, ceph):
    return evolve(config, network=evolve(config.network, ca_file=ceph.ca))


class TestCeph(ShelfContract):
    @pytest.fixture
    def place(self, config, ceph, ceph_bucket):
        return BucketPlace(config, ceph, ceph_bucket)


class TestCephByTls(ShelfContract):
    @pytest.fixture
    def place(self, secure_config, ceph, ceph_bucket):
        return BucketPlace(secure_config, ceph, ceph_bucket, endpoint=ceph.secure)

    @pytest.mark.torture
    def test_a_kill_between_any_two_writes_leaves_a_whole_page_and_can_be_finished(
        self, place
    ):
        super().test_a_kill_between_any_two_writes_leaves_a_whole_page_and_can_be_finished(
            place
        )

    @pytest.mark.torture
    def test_a_kill_never_brings_a_deletion_forward(self, place):
        super().test_a_kill_never_brings_a_deletion_forward(place)
