"""The scorecard: how true, how fast, how safe and how sturdy aitoll is, each figure with its way and its bound."""
