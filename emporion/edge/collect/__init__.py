"""Taking in what browsers and servers report of visits: bytes become events that count, or are dropped for a named reason."""
