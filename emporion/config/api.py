"""The JSON API: each domain brings a router; errors become problem JSON in one place."""

from ninja import NinjaAPI

api = NinjaAPI(title="Emporion", version="1", urls_namespace="api", docs_url=None)
