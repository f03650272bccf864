"""A language model that plans and words, and cannot say a number that is not so. LangChain lives here and nowhere else in the agent."""
