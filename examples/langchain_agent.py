"""aitoll's tools in a LangChain agent; each tool message carries the figures as its artifact. Needs: pip install aitoll"""

import os

from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_openai import ChatOpenAI

from aitoll import langchain_tools

model = ChatOpenAI(model=os.environ.get("MODEL", "gpt-5.5"), use_responses_api=False)  # OPENAI_API_KEY and OPENAI_BASE_URL
agent = create_agent(model, langchain_tools())
done = agent.invoke({"messages": [("user", "What do 30,000 B200 cost, at 30,000 to 40,000 dollars each?")]})

for message in done["messages"]:
    if isinstance(message, ToolMessage) and message.artifact:
        figure = message.artifact[0]
        print(figure.name, figure.value, figure.low, figure.high, figure.unit)
print(done["messages"][-1].content)
