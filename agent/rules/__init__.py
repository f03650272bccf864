"""Understanding without a language model: read, plan, word."""
