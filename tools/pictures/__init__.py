"""The pictures of the catalogue and of the docs, each taken from a running, fresh product: what they show has happened in it."""
