"""What ``--record`` writes: the tables of this run, beside those of other runs."""

from bench import results
from tests.counting import Recorder, recorded, tables


def recorder(counts):
    made = Recorder()
    made.counts = counts
    return made


def test_rows_of_one_table_are_summed_up():
    row, other = {"host": "s3"}, {"host": "folder"}
    counts = [("T", row, {"points": 1}), ("T", row, {"points": 1, "hit": 1})]
    (lines,) = tables([*counts, ("T", other, {"points": 3})]).values()
    assert lines[2:] == [
        "| folder | 3 | 0 |",
        "| s3 | 2 | 1 |",
        "| **all** | **5** | **1** |",
    ]


def test_a_run_of_some_matrices_leaves_the_others_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    results.RESULTS.write_text("# Results\n")
    for title, number in (("B", 1), ("A", 2), ("B", 3)):
        recorder([(title, {"of": title}, {"points": number})]).pytest_sessionfinish(
            None
        )
    kept = recorded(results.read("torture"))
    assert list(kept) == ["A", "B"]
    assert {lines[-1] for lines in kept.values()} == {"| A | 2 |", "| B | 3 |"}
    assert all("passed" in lines[0] for lines in kept.values())
    assert results.RESULTS.read_text().count("<!-- make torture") == 1
