"""What is told when it is over: a page of its own, by the same rules as all others."""

from tests.page.conftest import Rendering, page

OVER = {
    "content/outage.pl.md": "status: resolved\n\nSklep działa.",
    "content/report.pl.md": "title: Co się stało 22 listopada\n\n## Przyczyna\n\nDysk.",
}
ENGLISH = {"content/report.en.md": "A disk failed. We have two now."}


def test_the_report_is_a_page_that_the_front_page_leads_to(
    rendering: Rendering,
) -> None:
    """In each of the shop's languages, with the owner's title or one of ours."""
    rendered = rendering(OVER | ENGLISH)

    assert '<p class="report"><a href="/_fallback/report.html">' in page(rendered)
    assert "/_fallback/report.en.html" in page(rendered, "_fallback/en.html")
    polish = page(rendered, "_fallback/report.html")
    assert "<h1>Co się stało 22 listopada</h1>" in polish
    assert "<title>Co się stało 22 listopada</title>" in polish
    assert "Dysk." in polish
    assert "mailto:kwiaty.awaria@elsewhere.example" in polish
    assert 'class="back"><a href="/">' in polish
    english = page(rendered, "_fallback/report.en.html")
    title = "Kwiaty u Ani: what happened, and what we have changed"
    assert f"<h1>{title}</h1>" in english
    assert 'class="back"><a href="/_fallback/en.html">' in english
    assert "A disk failed." in english


def test_without_a_report_nothing_leads_to_one(rendering: Rendering) -> None:
    rendered = rendering()

    assert "report" not in page(rendered)
    assert not [file for file in rendered.site if "report" in file.path]


def test_a_missing_translation_is_shown_and_said(rendering: Rendering) -> None:
    """In the language that there is, marked as such; never an empty page."""
    shown = page(rendering(OVER), "_fallback/report.en.html")

    assert "This part is available in polski only." in shown
    assert '<div lang="pl" dir="ltr">' in shown
    assert "Dysk." in shown


def test_the_report_obeys_the_rules_of_all_words(rendering: Rendering) -> None:
    """No script, no strange number, no strange link; what is lost is named."""
    hostile = (
        "title: Report <b>x</b>\n\n<script>alert(1)</script>\n\n"
        "[pay](https://evil.example/) ![x](https://evil.example/x.png)\n\n"
        "Call +44 20 7946 0958.\n\nA disk failed."
    )
    rendered = rendering(OVER | {"content/report.en.md": hostile})
    shown = page(rendered, "_fallback/report.en.html")

    assert "<script>alert" not in shown
    assert "evil.example" not in shown
    assert "7946" not in shown
    assert "A disk failed." in shown
    assert "Report &lt;b&gt;x&lt;/b&gt;" in shown
    files = {problem.file for problem in rendered.left_out}
    assert files == {"content/report.en.md"}


def test_a_report_changes_nothing_about_how_things_stand(rendering: Rendering) -> None:
    """Its header may say what it likes: it is about the past."""
    report = "status: investigating\nstarted: 2026-11-22 09:40\n\nA disk."

    with_it = rendering(OVER | {"content/report.pl.md": report})

    assert with_it.standing == rendering(OVER).standing
