"""Which elements of a page its own styles hide. What other files style is not known, so a page can still show less than is read."""

from __future__ import annotations

import re

HIDDEN = re.compile(r"""(?:^|\s)hidden(?:[\s=/]|$)|aria-hidden\s*=\s*["']?true""", re.IGNORECASE)
HIDING = re.compile(r"display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):0(?![.\d]*[1-9])|(?:left|top|text-indent):-\d{3}")
WHITE = r"(?:#fff(?:f(?:fff(?:ff)?)?)?|white|rgba?\(255,255,255(?:,[\d.]+)?\)|hsl\(0,0%,100%\))"
PAPER = re.compile(rf"(?<![-\w])color[:=][\"']?(?:{WHITE}|transparent|rgba\(\d+,\d+,\d+,0\))(?![\w(])")  # text as white as the page
PAINTED = re.compile(rf"(?<![-\w])(?:background(?:-color|-image)?|bgcolor)[:=][\"']?(?!{WHITE}|transparent|none|inherit|initial)")
SHEET = re.compile(r"<style\b[^<>]*+>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
NOTE = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
AT_RULE = re.compile(r"@[^{};]*+(?:;|\{(?:[^{}]++|\{[^{}]*+\})*+\})")  # of print and other media
RULE = re.compile(r"(?:\A|(?<=[{}]))([^{}]++)\{([^{}]*+)\}")
SELECTOR = re.compile(r"[\w]*(?P<name>[.#][-\w]+)")
NAMED = re.compile(r"""(?:^|\s)(?P<kind>class|id)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+))""", re.IGNORECASE)


class Styles:
    """What the style sheets in a page hide, and whether anything in it is painted, so that white text may be read on it."""

    def __init__(self, page: str) -> None:
        self._painted = bool(PAINTED.search(_squeezed(page)))
        self._names: set[str] = set()  # .class and #id
        for sheet in SHEET.finditer(page):
            for rule in RULE.finditer(AT_RULE.sub("", NOTE.sub("", sheet[1]))):
                if self._hides(rule[2]):
                    self._names |= {found["name"] for part in rule[1].split(",") if (found := SELECTOR.fullmatch(part.strip()))}

    def hide(self, attributes: str) -> bool:
        """Whether an element with these attributes is not seen."""
        if not attributes:
            return False
        return bool(HIDDEN.search(attributes)) or self._hides(attributes) or not self._names.isdisjoint(_names(attributes))

    def _hides(self, style: str) -> bool:
        squeezed = _squeezed(style)
        return bool(HIDING.search(squeezed)) or (not self._painted and bool(PAPER.search(squeezed)))


def _names(attributes: str) -> set[str]:
    named = ((found["kind"].lower(), found["double"] or found["single"] or found["bare"] or "") for found in NAMED.finditer(attributes))
    return {("." if kind == "class" else "#") + name for kind, names in named for name in names.split()}


def _squeezed(text: str) -> str:
    return "".join(text.lower().split())
