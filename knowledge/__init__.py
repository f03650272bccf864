"""Texts and search: the articles, the FAQ and the user's documents, found through Chroma."""
