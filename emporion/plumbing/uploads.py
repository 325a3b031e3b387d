"""The folders of uploaded files: browsers name them where somebody chooses or drops a folder, Django takes them off each name.

`FILE_UPLOAD_HANDLERS` begins with `KeepFolders`; whoever wants the folders asks `sent_name`. The name itself stays without them.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils.datastructures import MultiValueDict


def sent_name(file: "UploadedFile[Any]") -> str:
    """A file's name with its folders, as whoever sent it wrote them: not to be trusted, and not to be made a path of."""
    return getattr(file, "sent_name", "") or file.name or ""


class _Parser(MultiPartParser):
    _sent = ""
    _files: "MultiValueDict[str, UploadedFile[Any]]"

    def sanitize_file_name(self, file_name: str) -> str | None:
        self._sent = file_name
        return super().sanitize_file_name(file_name)

    def handle_file_complete(self, old_field_name: str, counters: list[int]) -> None:
        # Django calls this for one file before it looks at the name of the next.
        super().handle_file_complete(old_field_name, counters)
        for file in self._files.getlist(old_field_name)[-1:]:
            file.sent_name = self._sent  # type: ignore[attr-defined]


class KeepFolders(FileUploadHandler):
    """Has the request taken apart as ever, by a parser that remembers each name as it came; receives nothing itself."""

    def handle_raw_input(  # noqa: D102 - Django's
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's
        content_length: int,  # noqa: ARG002 - Django's
        boundary: str,  # noqa: ARG002 - Django's
        encoding: str | None = None,
    ) -> "tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]] | None":
        if self.request is None:
            return None
        others = [handler for handler in self.request.upload_handlers if handler is not self]
        return _Parser(META, input_data, others, encoding).parse()
