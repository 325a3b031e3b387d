"""What we ask of the Django-free core (parsing, chunking, encoder), in one place and in the words of our tables."""
