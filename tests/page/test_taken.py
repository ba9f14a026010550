"""What open pages take over from the page that is published now."""

import pytest

from fallback.page.live import messages


@pytest.mark.parametrize(
    ("page", "inside"),
    [
        ('<ol class="log" data-live="log">\n<li>1</li>\n</ol><ol></ol>', "<li>1</li>"),
        ("<ul data-live=log><li><ul><li>1</ul><li>2</ul></ul>",
         "<li><ul><li>1</ul><li>2"),
        ("<ol data-live='log'></ol>", ""),
        ('<p data-live="log_line">x</p>', ""),
        ("<p>no list</p>", ""),
        ('<ol data-live="log"><li>never ended', ""),
    ],
)  # fmt: skip
def test_the_inside_of_the_list_is_found_whatever_lists_are_in_it(
    page: str, inside: str
) -> None:
    assert messages(page) == inside
