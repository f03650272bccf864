"""What the first question needs, loaded before it comes; nothing is asked of a language model."""

from __future__ import annotations


def warm() -> bool:
    """Tables, store and vectors, and the agent where a model is set; whether questions can be answered."""
    from aitoll.agent.ask import with_model
    from aitoll.agent.rules.turn import take_turn

    if with_model():
        from aitoll.agent.llm.graph import prepare

        prepare()
    return take_turn("Why does training cost so much?", None, "en", []).status != "failed"
