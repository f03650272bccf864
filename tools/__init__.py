"""Facts and formulas: plain functions and pydantic; no language model, no network, no Chroma."""
