"""The gateway: calls of APIs pass through here, are allowed, counted and paid attention to, and come back as the provider sent them."""
