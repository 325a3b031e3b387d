"""What an agent knows: parsing, passages, retrieval and quoted answers."""
