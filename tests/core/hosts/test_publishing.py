"""What a publish may do to a host, decided without one."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.core.hosts.publishing import (
    LEFTOVERS,
    Manifest,
    is_our_page,
    is_safe,
    leftovers_body,
    parse_leftovers,
    removal,
)
from tests.fakes.site import built_file, page, with_manifest

paths = st.sets(st.sampled_from("abcdefgh"), max_size=8)


def site_of(names):
    files = [built_file("index.html", page("x"))]
    return with_manifest([*files, *(built_file(name, name) for name in names)], 1)


def manifest_of(site):
    return Manifest.parse(site.file("_fallback/manifest.json").body)


@given(paths, paths, paths)
def test_nothing_is_deleted_that_is_wanted_or_living_or_not_ours(new, living, left):
    held = manifest_of(site_of(living))
    plan = removal(site_of(new), held, left)
    assert not set(plan.now) & (new | living)
    assert set(plan.now) <= left
    assert set(plan.later) == living - new
    assert LEFTOVERS not in plan.now


@given(st.lists(paths, min_size=2, max_size=8))
def test_over_many_publishes_each_file_stays_exactly_one_generation_longer(generations):
    there, left, held = set(), (), None
    for number, names in enumerate(generations):
        site = site_of(names)
        plan = removal(site, held, left)
        there = (there | names) - set(plan.now)
        left, held = plan.later, manifest_of(site)
        before = generations[number - 1] if number else set()
        assert there == names | before


def test_a_path_is_safe_only_if_no_system_reads_more_into_it():
    for good in ("index.html", "_fallback/log/pl-1.html", "wp-content/sw.js", ".x"):
        assert is_safe(good)
    for bad in ("", "/", "/a", "a/", "a//b", "..", "a/../b", "./a", "C:/a", "a:b"):
        assert not is_safe(bad)
    for bad in ("a\\b", "..\\a", "a\x00", "a\nb", "a*", 'a"b', "a|b", "x" * 901):
        assert not is_safe(bad)


@given(st.text(max_size=30))
def test_a_safe_path_stays_inside_on_every_system(path):
    if is_safe(path):
        for kind in (PurePosixPath, PureWindowsPath):
            found = kind(path)
            assert not found.is_absolute()
            assert not found.drive
            assert ".." not in found.parts


@given(st.binary(max_size=200))
def test_no_manifest_however_damaged_breaks_the_reader(body):
    assert Manifest.parse(body) is None or body
    assert isinstance(parse_leftovers(body), tuple)


@pytest.mark.parametrize("sequence", ["1e400", "-1", "1e300", "9" * 20, "9" * 5000])
def test_a_manifest_whose_sequence_is_no_moment_counts_as_absent(sequence):
    body = f'{{"build": "b", "sequence": {sequence}, "files": {{}}}}'.encode()
    assert Manifest.peek(body) is None
    assert Manifest.peek(body.replace(sequence.encode(), b"253402300799")) is not None


def test_a_manifest_that_is_nested_as_deep_as_it_is_long_counts_as_absent():
    body = b'{"files":' * 100_000
    assert Manifest.peek(body) is None
    assert parse_leftovers(body) == ()


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists))
def test_no_json_of_another_shape_breaks_the_reader(shape):
    import json

    for body in (
        {"build": "x", "sequence": shape, "files": {}},
        {"build": "x", "sequence": 1, "files": shape},
        {"build": "x", "sequence": 1, "files": {"a": shape}},
        {"paths": shape},
    ):
        text = json.dumps({"schema": 1, **body}).encode()
        Manifest.parse(text)
        parse_leftovers(text)


def test_the_list_of_leftovers_reads_as_it_was_written():
    assert parse_leftovers(leftovers_body(["b", "a"])) == ("a", "b")
    assert parse_leftovers(None) == ()


@pytest.mark.parametrize(
    ("body", "ours"),
    [
        (b'<meta name="generator" content="fallback">', True),
        (b"<meta name=generator content=fallback>", True),
        (b'<META NAME="generator" CONTENT="fallback">', True),
        (b'<meta name="generator" content="WordPress 7">', False),
        (b"<p>no fallback for the generator</p>", False),
        (b"", False),
    ],
)
def test_a_page_of_ours_is_known_by_its_generator(body, ours):
    assert is_our_page(body) is ours
