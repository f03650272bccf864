"""aitoll as a node of your own graph, and its passages as a retriever; no language model needed. Needs: pip install aitoll"""

from langgraph.graph import START, MessagesState, StateGraph

from aitoll.agent.interfaces.langchain_tools import AitollRetriever, aitoll_node, aitoll_runnable

graph = StateGraph(MessagesState).add_node("aitoll", aitoll_node).add_edge(START, "aitoll").compile()
done = graph.invoke({"messages": [("user", "CO2 of 10 GWh in France?")]})
answer = done["messages"][-1].additional_kwargs["answer"]
print(answer["figures"][0]["value"], answer["figures"][0]["unit"])

done = graph.invoke({"messages": [*done["messages"], ("user", "And in Poland?")]})
print(done["messages"][-1].additional_kwargs["answer"]["figures"][0]["value"])

for chunk in aitoll_runnable().stream("How much water does a question to Gemini take?"):
    print(chunk.content, end="")
print()

for document in AitollRetriever(limit=2).invoke("Why are training costs kept secret?"):
    print(document.metadata["title"], "|", document.metadata["place"], "|", document.page_content)
