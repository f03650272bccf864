"""Thin translators, one a file: terminal, web, Slack, MCP, LangChain."""
