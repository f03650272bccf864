"""Words right before or after a reference that would change what it says: an amount, a unit, a currency, a period, a denial."""

from __future__ import annotations

import re

from aitoll.agent.rules.vocabulary import unit_names, unit_pattern

BEFORE = re.compile(
    r"(?:[-+±/×]|\b(?:about|around|approximately|roughly|nearly|almost|over|under|above|below|more than|less than|fewer than|at least|"
    r"at most|up to|only|not|no|per|each|every|minus|plus|times|some|environ|autour de|presque|pres de|plus de|moins de|plus d'|au moins|"
    r"au plus|jusqu'a|seulement|pas|ni|par|chaque|fois|vs|without|sans|except|hormis|sauf|besides|beyond|au-dela de|anything but|"
    r"nothing but|all but)\s+)$"
)
DENIED = re.compile(
    r"\b(?:not|never|cannot|far from|anything but|nothing like|instead of|rather than|wrong|false|untrue|unlike|"
    r"pas|jamais|loin de|loin d'|tout sauf|au lieu de|plutot que|faux|fausse|inexact|inexacte|errone|erronee)\b|n't\b"
)
LEAD = re.compile(
    r"[\s(]*(?:(?:in|en|of|de|within|for|over|during|to|pour|sur|dans|pendant|durant|a)\s+|d')?"
    r"(?:(?:the|an?|one|single|un|une|le|la|les|each|every|chaque|same|other)\s+|l')*"
)
JOINED = re.compile(r"\s*(?:-|to|a|et|and|ou|or)?\s*")  # two figures that would read as one range
RIGHT_AFTER = re.compile(
    r"[-+±/×]|\s*(?:per|each|every|an?|par|chaque|times|fois|k|m|g|t|w|wh|kwh|mwh|gwh|twh|kw|mw|tonnes?|tons?|kg|litres?|liters?|l|m3|"
    r"dollars?|euros?|usd|eur|hours?|heures?|days?|jours?|years?|ans?|gpus?|tokens?)\b"
)
# Money and periods that the grammar of units does not know, for it has nothing to convert them by.
OTHER = re.compile(
    r"(?:(?:us|canadian|australian|pounds?|livres?) )?(?:roubles?|rubles?|rupees?|roupies?|yens?|yuans?|renminbi|francs?|pesos?|reais|"
    r"reals?|couronnes?|crowns?|kron\w+|zlotys?|liras?|lires?|dirhams?|dinars?|rands?|wons?|forints?|shekels?|bitcoins?|ethers?|pence|penn(?:y|ies)|"
    r"sterling|pounds?|livres?|dollars?|euros?|chf|gbp|jpy|cny|rmb|inr|krw|cad|aud|btc|"
    r"daily|weekly|monthly|quarterly|yearly|annually|hourly|nightly|quotidien\w*|hebdomadaire\w*|mensuel\w*|trimestriel\w*|annuel\w*|"
    r"milliseconds?|millisecondes?|night|nuit|moment|instant|centur(?:y|ies)|siecles?|"
    r"pounds?|ounces?|onces?|miles?|metres?|meters?|joules?|calories?|barrels?|barils?|pints?|degrees?|degres?)\b"
)
COUNTED = frozenset({"GPU", "token", "question", "param", "FLOP"})  # "for the chips" says what it is for, and measures nothing


def amount_before(text: str) -> str:
    """A word of amount that ends this folded text."""
    found = BEFORE.search(text)
    return found[0].strip() if found else ""


def denial(clause: str) -> str:
    found = DENIED.search(clause)
    return found[0] if found else ""


def unit_after(text: str) -> str:
    """A unit, a currency or a period that starts this folded text, with or without a word that leads to it."""
    if found := RIGHT_AFTER.match(text):
        return found[0].strip()
    lead = LEAD.match(text)
    at = lead.end() if lead else 0
    if other := OTHER.match(text, at):
        return other[0]
    unit = unit_pattern().match(text, at)
    if not unit or not unit.lastindex or (at and unit_names()[unit.lastindex - 1] in COUNTED):
        return ""
    return unit[0].strip()
