"""The page and the exports as they leave the server: nothing that a question, a document or a model brings becomes markup."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from aitoll.agent import export
from aitoll.agent.answer import Answer, Citation
from aitoll.agent.ask import ask
from aitoll.agent.charts import NoPicture, Scale, charts_of, cut, picture, png, range_chart, row_of, twin
from aitoll.agent.interfaces.page_cards import compared, results
from aitoll.agent.interfaces.page_view import ASSETS, answer_html, asset, page
from aitoll.agent.markup import html_of, tag
from aitoll.agent.showing import formula_of, name_of, range_of, value_of
from aitoll.tools.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPARED = "Compare the CO2 of 10 GWh in France and in Poland"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt&colon;alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "![x](https://evil.example/pixel.png)",
    '<a href="vbscript:x">y</a>',
    "</script><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=/session><input name=key></form>",
    "[1]: javascript:alert(1)\n\n[x][1]",
    "`</code><script>alert(1)</script>`",
    "\x00\x07\x1b[31m\u202egnp.exe\u2066\ud800",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "\ue0001\ue001<b>",
]
ELEMENTS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "h1", "h2", "h3", "h4", "p", "nav", "button", "main",
    "section", "ul", "ol", "li", "form", "label", "textarea", "dialog", "div", "span", "article", "details", "summary", "svg", "desc",
    "g", "line", "circle", "text", "rect", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td", "input", "select",
    "option", "footer", "strong", "em", "code", "pre", "br", "hr", "blockquote", "del", "progress", "q", "sup", "data",
}  # fmt: skip


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def dangers(html: str) -> list[str]:
    """Elements, attributes and addresses that we do not write."""
    found = []
    for name, attributes in Elements(html).found:
        if name not in ELEMENTS or (
            name == "script" and not (attributes.get("src") or "").startswith("/static/") and attributes.get("id") != "texts"
        ):
            found.append(name)
        found += [key for key in attributes if key.startswith("on") or key in ("style", "srcdoc", "formaction", "action", "xlink:href")]
        found += [key for key in ("href", "src") if not re.match(r"(https?://|/|#)", attributes.get(key) or "/")]
    return found


@pytest.fixture(scope="module")
def answered() -> Answer:
    return ask(COMPARED).model_copy(update={"conversation": "c"})


def poisoned(answer: Answer, poison: str) -> Answer:
    """Poison wherever a question, a document or a model could put it."""
    cited = Citation(
        number=1, id=poison, kind="user", title=poison, author=poison, publisher=poison, date=poison, url=poison, place=poison,
        passage=poison, verdict="wrong", note=poison,
    )  # fmt: skip
    figures = [one.model_copy(update={"subject": poison, "label": poison, "formula": f"a = {poison} = {poison}"}) for one in answer.figures]
    inputs = [part.model_copy(update={"note": poison, "source": poison, "where": poison}) for part in figures[0].inputs]
    figures[0] = figures[0].model_copy(update={"inputs": inputs})
    steps = [answer.steps[0].model_copy(update={"arguments": {"place": poison, "energy_kwh": 5.0}})]
    return answer.model_copy(
        update={
            "id": poison, "conversation": poison, "question": poison, "text": f"{poison} [1]\n\n- {poison}", "figures": figures,
            "citations": [cited], "steps": steps, "warnings": [poison],
        }
    )  # fmt: skip


@pytest.mark.parametrize("poison", HOSTILE)
def test_nothing_hostile_becomes_markup(poison: str, answered: Answer) -> None:
    answer = poisoned(answered, poison)
    for html in (page("en", [answer]), str(answer_html(answer)), export.page([answer]), str(picture(answer))):
        assert dangers(html) == []
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)


@pytest.mark.parametrize("poison", HOSTILE)
def test_a_picture_stays_well_formed(poison: str, answered: Answer) -> None:
    answer = poisoned(answered, poison)
    root = ElementTree.fromstring(str(picture(answer)))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "title", "desc", "rect", "g", "line", "circle", "text"}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/api/v1/x", "https://a b", 'https://x"onclick=1']
)
def test_only_web_addresses_are_followed(address: str) -> None:
    assert "href" not in html_of(f"[x]({address})", lambda _: None) or re.search(
        r'href="https://[^"\s]*"', html_of(f"[x]({address})", lambda _: None)
    )


def test_marks_become_links_and_others_stay_text() -> None:
    html = html_of("a[1] b[7] [2](https://x.example)", lambda number: tag("a", number, href=f"#c-{number}") if number < 3 else None)
    assert html.strip() == '<p>a<a href="#c-1">1</a> b[7] <a href="#c-2">2</a>(https://x.example)</p>'


def test_an_attribute_cannot_be_left() -> None:
    assert tag("p", "<b>", cls='"><script>') == '<p class="&quot;&gt;&lt;script&gt;">&lt;b&gt;</p>'


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_light(language: str, answered: Answer) -> None:
    files = sum(len(asset(name)) for name in ASSETS)
    assert files + len(page(language, [answered]).encode()) < 120_000  # type: ignore[arg-type]


def test_the_page_asks_for_nothing_from_elsewhere(answered: Answer) -> None:
    whole = page("en", [answered]) + "".join(asset(name).decode() for name in ASSETS)
    loaded = re.findall(r"""(?:src|href)=["'](https?://[^"']+)|url\(|@import|fetch\(["']http""", re.sub(r"<a [^>]*>", "", whole))
    assert loaded == []


def test_source_place_and_verdict_are_on_the_page() -> None:
    answer = ask("Combien a coûté l'entraînement de GPT-4 ?")
    html = str(answer_html(answer))
    for cited in answer.citations:
        assert all(tag("p", part)[3:-4] in html for part in (cited.title, cited.place, cited.passage, cited.note) if part)
    assert "À préciser" in html or "Confirmé" in html or "Dépassé" in html


# Cards


def test_a_card_recomputes_in_the_language_of_its_answer() -> None:
    html = results("training_cost", {"gpu": "h100-sxm", "gpus": 512, "hours": 720, "price": [2, 3]}, "fr")
    assert re.search("de 740.000.\\$ à 1,11 million|740.000.*1,1 million", html)
    assert '"values"' in html.replace("&quot;", '"')


def test_a_card_follows_the_place() -> None:
    html = results("training_carbon", {"energy_kwh": 1e7, "place": "pol"}, "en").replace("&quot;", '"')
    assert ('"grid_g_per_kwh": "588.6"' in html, '"place": "Poland"' in html) == (True, True)


def test_a_comparison_names_its_rows() -> None:
    html = compared("training_carbon", {"energy_kwh": 1e7}, "place", ["fra", "pol"], "fr")
    assert all(name in html for name in ("France", "Pologne", "<svg", "<table>"))


@pytest.mark.parametrize("value", [[1, 2, 3], [None, None], ["a", "b"], [True, False]])
def test_a_list_that_is_no_pair_is_refused(value: list[object]) -> None:
    with pytest.raises(InvalidInput, match=r"use a number .* or \{low, high\}"):
        results("training_cost", {"gpus": value}, "en")


def test_a_number_too_small_for_arithmetic_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"divisor: 4\.94066e-324 cannot be; use a number above 0"):
        results("savings", {"cost": 1e15, "divisor": 5e-324}, "en")


# Charts


def test_a_chart_says_in_words_what_it_shows(answered: Answer) -> None:
    title, unit, rows = charts_of(answered)[0]
    assert (title, unit) == (name_of(answered.figures[0], "en").partition(" (")[0], "tCO2e")
    said = [f"{one.subject}: {value_of(one, 'en')} ({range_of(one, 'en')})" for one in answered.figures[:2]]
    assert twin(rows, "en") == " ; ".join(said)
    assert twin(rows, "en") in ElementTree.fromstring(str(range_chart("t", rows, unit, "en"))).findtext("{*}desc", "")


def test_marks_stand_in_the_order_of_their_values(answered: Answer) -> None:
    rows = [row_of(figure, "en") for figure in answered.figures[:2]]
    scale = Scale(rows)
    low, middle, high = (scale.at(end) for end in (rows[1].low or 0, rows[1].value, rows[1].high or 0))
    assert (low < middle < high, scale.at(rows[0].value) < low) == (True, True)


@pytest.mark.parametrize(
    ("ends", "log"), [((1, 10), False), ((1, 100), True), ((0, 1e9), False), ((-5, 100), False), ((0, 0), False), ((1e-9, 1e9), True)]
)
def test_a_wide_spread_is_shown_by_powers_of_ten(ends: tuple[float, float], log: bool, answered: Answer) -> None:
    rows = [row_of(answered.figures[0].model_copy(update={"value": end, "low": end, "high": end}), "en") for end in ends]
    scale = Scale(rows)
    assert (scale.log, 1 <= len(scale.ticks()) <= 7, all(12 <= scale.at(tick) <= 628 for tick in scale.ticks())) == (log, True, True)


def test_a_long_label_is_cut() -> None:
    assert cut("x" * 100, 10) == "x" * 9 + "…"


def test_the_formula_is_told_in_words_and_numbers(answered: Answer) -> None:
    assert formula_of(answered.figures[0], "en") == ("electricity × carbon intensity of the grid", "10 GWh × 41.4 g CO2e/kWh")


# Exports


def test_markdown_keeps_question_text_and_sources(answered: Answer) -> None:
    text = export.export([answered, answered], "markdown").decode()
    assert text.count(f"> {COMPARED}") == 2
    assert f"1. {answered.citations[0].title} — " in text


def test_csv_has_a_line_for_each_figure_and_input(answered: Answer) -> None:
    rows = list(csv.DictReader(io.StringIO(export.export([answered], "csv").decode())))
    assert len(rows) == sum(1 + len(figure.inputs) for figure in answered.figures)
    assert (rows[0]["value"], rows[0]["unit"], rows[0]["sources"]) == (str(answered.figures[0].value), "tCO2e", answered.citations[0].title)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_spreadsheet_runs_nothing(start: str, answered: Answer) -> None:
    answer = answered.model_copy(update={"question": f"{start}HYPERLINK(1)"})
    rows = list(csv.DictReader(io.StringIO(export.export([answer], "csv").decode())))
    assert rows[0]["question"] == f"'{start}HYPERLINK(1)"


def test_json_is_the_answers(answered: Answer) -> None:
    import json

    assert [Answer.model_validate(one) for one in json.loads(export.export([answered], "json"))] == [answered]


def test_png_needs_its_extra(answered: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert export.export([answered], "png")[:8] == b"\x89PNG\r\n\x1a\n"
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    with pytest.raises(NoPicture, match=r"aitoll\[charts\]"):
        png("<svg/>")
