"""The last builds come back as they went out, or are refused with words."""

import shutil
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.errors import Refused
from fallback.core.model import MANIFEST
from fallback.stores.builds import KEPT, Build, Builds, History
from tests.fakes.site import small_site

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def keep(builds, *sites):
    """Publish *sites* one after the other, as far as the store is concerned."""
    history = builds.read()
    for site in sites:
        history = history.going_out(Build(site.build_id, site.sequence))
        builds.keep(site)
        builds.write(history)
        history = history.went_out(site.build_id, NOW)
        builds.write(history)
        builds.prune(history)
    return history


@pytest.fixture
def builds(tmp_path):
    return Builds(tmp_path / "builds")


def sites(count):
    return [small_site(f"words {n}", sequence=1000 + n) for n in range(count)]


def test_a_build_comes_back_with_every_file_and_every_header(builds):
    (site,) = sites(1)
    keep(builds, site)
    want = {file for file in site.files if file.path != MANIFEST}
    assert set(builds.files(site.build_id)) == want


def test_only_the_last_five_stay_and_bodies_that_nobody_needs_go(builds):
    every = sites(KEPT + 3)
    history = keep(builds, *every)
    kept = [site.build_id for site in every[-KEPT:]]
    assert [each.build for each in history.builds] == kept
    needed = {f.digest for s in every[-KEPT:] for f in s.files if f.path != MANIFEST}
    assert {path.name for path in (builds.folder / "bodies").iterdir()} == needed
    for build in kept:
        builds.files(build)


def test_a_body_that_two_builds_share_is_written_once(builds):
    first, second = sites(2)
    keep(builds, first)
    path = builds.folder / "bodies" / first.file("robots.txt").digest
    before = path.stat().st_mtime_ns
    keep(builds, second)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["missing", "torn", "changed", "manifest"])
def test_a_build_that_is_not_whole_is_refused_with_what_is_missing(builds, damage):
    (site,) = sites(1)
    keep(builds, site)
    front = site.file("index.html")  # and 404.html: they are one body
    body = builds.folder / "bodies" / front.digest
    if damage == "missing":
        body.unlink()
    elif damage == "torn":
        body.write_bytes(front.body[:10])
    elif damage == "changed":
        body.write_bytes(b"x" * len(front.body))
    else:
        shutil.rmtree(builds.folder / "manifests")
    with pytest.raises(Refused, match="no longer whole") as caught:
        builds.files(site.build_id)
    named = f"{site.build_id}.json" if damage == "manifest" else "404.html"
    assert named in str(caught.value.what)
    assert "--rollback" in str(caught.value.next)


def test_a_torn_body_is_written_again_by_the_next_publish(builds):
    (site,) = sites(1)
    keep(builds, site)
    (builds.folder / "bodies" / site.file("index.html").digest).write_bytes(b"torn")
    keep(builds, site)
    builds.files(site.build_id)


def test_nothing_is_pruned_while_a_manifest_cannot_be_read(builds):
    first, second = sites(2)
    history = keep(builds, first, second)
    (builds.folder / "manifests" / f"{first.build_id}.json").write_bytes(b"{")
    before = set((builds.folder / "bodies").iterdir())
    builds.prune(history)
    assert set((builds.folder / "bodies").iterdir()) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": 1}',
        '{"schema": 1, "builds": [{"build": "../x", "sequence": 1}], "current": "x"}',
    ],
)
def test_a_list_that_cannot_be_read_is_no_list(builds, text):
    builds.folder.mkdir(parents=True)
    (builds.folder / "published.json").write_text(text)
    assert builds.read() == History()


def test_the_list_of_a_newer_program_is_refused(builds):
    builds.folder.mkdir(parents=True)
    (builds.folder / "published.json").write_text('{"schema": 9}')
    with pytest.raises(Refused, match="newer fallback"):
        builds.read()


def history(names, current):
    return History(tuple(Build(name, 1) for name in names), current)


def test_before_is_what_went_out_before_and_again_and_again_further_back():
    known = history("abc", "c")
    first = known.before()
    assert first.build == "b"
    second = History(known.builds, first.build).before()
    assert second.build == "a"
    assert History(known.builds, "a").before() is None
    assert History().before() is None


def test_after_a_rollback_new_words_lead_back_to_the_build_that_was_out():
    """b and c were bad; whoever takes back d wants a, which was good."""
    after = history("abc", "a").going_out(Build("d", 2))
    assert [each.build for each in after.builds] == ["b", "c", "a", "d"]
    assert after.before().build == "a"


def test_a_build_is_found_by_the_beginning_of_its_name_when_it_is_the_only_one():
    known = history(("abcd", "abef", "cdef"), "abcd")
    assert known.named("abe").build == "abef"
    assert known.named("ab") is None
    assert known.named("x") is None


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=20))
def test_whatever_goes_out_is_current_once_and_the_one_before_stands_before_it(names):
    known = History()
    for name in names:
        before = known.current
        known = known.going_out(Build(name, 1)).went_out(name, NOW)
        listed = [each.build for each in known.builds]
        assert listed[-1] == known.current == name
        assert len(set(listed)) == len(listed) <= KEPT
        if before and before != name:
            assert known.before().build == before
