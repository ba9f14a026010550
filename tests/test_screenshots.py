"""The README's pictures are of the real page, and a program takes them."""

from pathlib import Path

from PIL import Image

from docs.screenshots import DOCS, PHONE, PICTURES, taken

HEAVIEST = 120_000


def test_every_picture_is_taken_again_from_the_real_page(tmp_path: Path) -> None:
    """As large as those in the repository, and light enough to read on the road."""
    for path in taken(tmp_path):
        kept = DOCS / path.name
        with Image.open(path) as fresh, Image.open(kept) as old:
            assert fresh.size == old.size, path.name
        for file in (path, kept):
            assert file.stat().st_size < HEAVIEST, file


def test_no_picture_is_left_behind_by_the_program() -> None:
    names = {f"{picture.name}.png" for picture in PICTURES}

    assert {path.name for path in DOCS.glob("*.png")} == names
    assert any(picture.size == PHONE for picture in PICTURES)
