"""Texts that give the agent a part to play: they are just text, of which only a question of ours is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.scope import LONG, SENTENCE, SUBJECTS, inside
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading

#: said to an agent, and to nobody who is asked a question
_STAGED = deferred(
    r"\b(?:you(?: are|'re) (?:now|going to|to act)|you will (?:now|act|respond|answer|pretend|play)"
    r"|act(?:ing)? (?:as|like) (?:if|an?|the|my|chatgpt)|pretend|impersonat\w+|role[- ]?play\w*|(?:stay|remain) in character"
    r"|ignore (?:all|the|every|any|previous|prior|your)|(?:developer|unfiltered|admin|jailbreak\w*) mode|do anything now|simulate"
    r"|respond (?:to (?:every|all|each)|as|only)|(?:two|both) (?:different )?(?:responses|entities|characters)|content polic\w+"
    r"|jailbreak\w*|tu es (?:desormais|maintenant)|fais comme si|(?:joue|jouer) (?:le role|un personnage)"
    r"|ignore (?:tout|tes|les|toutes)|oublie (?:tout|tes|les)|mode developpeur|incarne|reponds (?:toujours|seulement|uniquement))\b"
)
_QUESTION = deferred(r"\?")
_ASKS = deferred(
    r"\?|\b(?:how (?:much|many)|combien|what (?:does|did|is|are|would)|quel(?:le)?s?|comparer?|estimate|estimer?|calculate|calcul\w+)\b"
)


def is_staged(reading: Reading) -> bool:
    """Told how to behave, with nothing of ours asked beside it."""
    if not _STAGED.search(reading.folded):
        return False
    ours = [*(cue.start for cue in reading.cues if cue.name in ("ai", "ai_word")), *(name.start for name in reading.names)]
    ours += [quantity.start for quantity in reading.quantities]
    subjects = [cue.start for cue in reading.cues if cue.name in SUBJECTS and cue.name not in ("glossary", "train", "api", "claim")]
    asks = _ASKS if len(reading.folded) <= LONG else _QUESTION
    return not any(
        asks.search(reading.folded, match.start(), match.end()) and inside(match, ours) and inside(match, subjects)
        for match in SENTENCE.finditer(reading.folded)
    )
