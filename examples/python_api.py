"""aitoll from Python: a question with its follow-up, a stream, one calculator. Needs: pip install aitoll"""

import asyncio

from aitoll import Answer, ask, calculate, stream

answer = ask("CO2 of 10 GWh in France?", conversation="my-thread")
figure = answer.figures[0]
print(figure.value, figure.low, figure.high, figure.unit)
for citation in answer.citations:
    print(f"[{citation.number}] {citation.title}, {citation.place}")

follow_up = ask("And in Poland?", conversation="my-thread")
print(follow_up.figures[0].value, follow_up.figures[0].unit)

for part in calculate("gpu_budget", gpu="b200", gpus=30_000, unit_price=(30_000, 40_000)):
    print(part.name, part.low, part.high, part.unit)


async def live() -> None:
    async for event in stream("How much water does a question to Gemini take?"):
        print(event.text if isinstance(event, Answer) else event)


asyncio.run(live())
