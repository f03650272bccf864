"""A small model on this machine behind /v1/chat/completions; its replies are held to the shape of a call or of a text.

    CMAKE_ARGS=-DGGML_NATIVE=OFF pip install llama-cpp-python==0.3.36      # builds for some minutes
    python tests/peers/llm/small_model.py model.gguf                       # prints its address, serves until its input closes

Small models write tool calls as prose when they are free to; held to a grammar they choose: first a tool by its name, then its arguments
by its schema, then whether another call follows. The first reply of a turn is a call, a later one a call or a text. For tests and
measurements: one request at a time, temperature 0, ChatML only. One thread, for where cores are shared, waiting threads cost more.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONTEXT = 8192
MOST_CALLS = 2
MOST_WRITTEN = 96
TOOLS = """

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{listed}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{{"name": <function-name>, "arguments": <args-json-object>}}
</tool_call>"""
CALL, BETWEEN, END = '<tool_call>\n{"name": "', '"arguments": ', "}\n</tool_call>"


def prompt(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
    """ChatML, tools as Qwen was trained on them. What is the same in every turn comes first, so that it is read once; inputs do not."""
    named = [tool["function"] for tool in tools]
    listed = "\n".join(json.dumps({name: tool[name] for name in ("name", "description")}, ensure_ascii=False) for tool in named)
    inputs = "\n".join(
        f"{tool['name']}({', '.join(tool['parameters']['properties'])})" for tool in named if tool["parameters"]["properties"]
    )
    parts, first = [], True
    for message in messages:
        role, said = message["role"], message.get("content") or ""
        if role == "system":
            said += TOOLS.format(listed=listed) if tools else ""
        elif message.get("tool_calls"):
            said = "\n".join(f"<tool_call>\n{_asked(call)}\n</tool_call>" for call in message["tool_calls"])
        elif role == "tool":
            role, said = "user", f"<tool_response>\n{said}\n</tool_response>"
        elif first and inputs:
            said, first = f"Arguments that may be given:\n{inputs}\n\n{said}", False
        parts.append(f"<|im_start|>{role}\n{said}<|im_end|>\n")
    return "".join([*parts, "<|im_start|>assistant\n"])


def _asked(call: dict[str, Any]) -> str:
    return json.dumps({"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}, ensure_ascii=False)


class Writer:
    """Writes on, piece by piece, each within its grammar; what was read before is not read again."""

    def __init__(self, model: Any, text: str) -> None:
        self.model, self.start, self.text = model, text, text
        self.written = 0

    def add(self, text: str) -> None:
        self.text += text

    def among(self, choices: list[str]) -> str:
        return self.within("root ::= " + " | ".join(json.dumps(choice) for choice in choices), 40)

    def json(self, schema: dict[str, Any]) -> Any:
        from llama_cpp.llama_grammar import json_schema_to_gbnf  # type: ignore[import-not-found]

        return json.loads(self.within(json_schema_to_gbnf(json.dumps(schema)), MOST_WRITTEN))

    def within(self, grammar: str, most: int) -> str:
        """The text that comes next; any, where no grammar is given."""
        from llama_cpp import LlamaGrammar  # type: ignore[import-not-found]

        held = LlamaGrammar.from_string(grammar, verbose=False) if grammar else None
        made = self.model.create_completion(self.text, max_tokens=most, temperature=0.0, grammar=held, stop=["<|im_end|>"])
        self.text += made["choices"][0]["text"]
        self.written += made["usage"]["completion_tokens"]
        return str(made["choices"][0]["text"])


CUT = {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "length"}


def reply(writer: Writer, tools: list[dict[str, Any]], told: bool) -> dict[str, Any]:
    """The message of a completion: calls at first, then what it likes."""
    named = {tool["function"]["name"]: tool["function"]["parameters"] for tool in tools}
    if not named or (told and (first := writer.within('root ::= "<tool_call>" | [^<]', 3)) != "<tool_call>"):
        return {"role": "assistant", "content": (first if named else "") + writer.within("", MOST_WRITTEN)}
    writer.add(CALL.removeprefix("<tool_call>") if told else CALL)
    calls: list[dict[str, Any]] = []
    while True:
        name = writer.among([f'{name}", ' for name in named]).removesuffix('", ')
        writer.add(BETWEEN)
        arguments = writer.json(named[name]) if named[name]["properties"] else {}
        writer.add(END)
        calls.append({"id": f"call_{len(calls)}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}})
        if len(calls) == MOST_CALLS or not writer.within('root ::= "\\n<tool_call>" | ""', 12):
            return {"role": "assistant", "content": None, "tool_calls": calls}
        writer.add(CALL.removeprefix("<tool_call>"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: Any
    lock = threading.Lock()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        try:
            status, said = 200, self.complete(asked)
        except json.JSONDecodeError:
            status, said = 200, {"id": "chatcmpl-small", "object": "chat.completion", "created": 0, "model": "small", "choices": [CUT]}
        except Exception as error:  # noqa: BLE001 (whatever the runtime does, the client gets an error in the API's shape)
            status, said = 400, {"error": {"message": str(error)[:300], "type": "invalid_request_error", "code": None}}
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def complete(self, asked: dict[str, Any]) -> dict[str, Any]:
        tools, messages = asked.get("tools") or [], asked["messages"]
        with self.lock:
            writer = Writer(self.model, prompt(messages, tools))
            message = reply(writer, tools, any(message["role"] == "tool" for message in messages))
        read = len(self.model.tokenize(writer.start.encode(), special=True))
        usage = {"prompt_tokens": read, "completion_tokens": writer.written, "total_tokens": read + writer.written}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if message.get("tool_calls") else "stop"}
        head = {"id": "chatcmpl-small", "object": "chat.completion", "created": int(time.time()), "model": asked.get("model", "small")}
        return {**head, "choices": [choice], "usage": usage}

    def log_message(self, *_: Any) -> None:
        """Silence."""


def main() -> None:
    from llama_cpp import Llama

    Handler.model = Llama(sys.argv[1], n_ctx=CONTEXT, n_threads=1, n_threads_batch=1, seed=1, verbose=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
