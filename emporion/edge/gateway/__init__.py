"""The gateway: calls of APIs pass through, are allowed, counted and watched, and come back as the provider sent them."""
