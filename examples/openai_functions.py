"""aitoll's calculators as OpenAI functions, in strict mode, with any OpenAI-compatible model. Needs: pip install aitoll"""

import os

from openai import OpenAI

from aitoll.agent.interfaces.functions import call, functions

client = OpenAI()  # OPENAI_API_KEY and OPENAI_BASE_URL
messages = [{"role": "user", "content": "What do 30,000 B200 cost, at 30,000 to 40,000 dollars each?"}]

while True:
    reply = client.chat.completions.create(model=os.environ.get("MODEL", "gpt-5.5"), messages=messages, tools=functions())
    message = reply.choices[0].message
    if not message.tool_calls:
        break
    messages.append(message.model_dump(exclude_none=True))
    for wanted in message.tool_calls:
        content = call(wanted.function.name, wanted.function.arguments)
        messages.append({"role": "tool", "tool_call_id": wanted.id, "content": content})

print(message.content)
