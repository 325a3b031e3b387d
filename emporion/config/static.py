"""Static files carry a hash of their content in their name, so that browsers keep them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Hashes names, also in the imports of ES modules; without a manifest (tests, first start) names stay as written."""

    support_js_module_import_aggregation = True
    manifest_strict = False

    def hashed_name(self, name: str, content: object = None, filename: str | None = None) -> str:
        """The hashed name, or the plain one where the file was not collected."""
        try:
            return str(super().hashed_name(name, content, filename))  # type: ignore[arg-type]  # Django's stub is narrower
        except ValueError:
            return name
