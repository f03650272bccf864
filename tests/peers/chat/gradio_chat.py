"""Gradio's `load_chat` on an address, launched, and asked by Gradio's own client: python gradio_chat.py BASE_URL QUESTION; prints JSON."""

from __future__ import annotations

import json
import sys

import gradio
from gradio_client import Client

base, question = sys.argv[1:]
told = {}
for streaming in (False, True):
    chat = gradio.load_chat(base, "aitoll", token="any", file_types=None, streaming=streaming, api_name="chat")
    _, url, _ = chat.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    job = Client(url, verbose=False).submit(question, api_name="/chat")
    whole = job.result(60)
    told["streamed" if streaming else "whole"] = [str(part) for part in [*job.outputs(), whole]]
    chat.close(verbose=False)
print(json.dumps(told))
