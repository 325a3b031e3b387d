"""The data plane: what takes many small requests, with no Django behind it."""
