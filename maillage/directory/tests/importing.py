"""A file through the pages of imports, for the tests of any context."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from maillage.core.once import TOKEN
from maillage.directory.actions.file_imports import Reading
from maillage.directory.models import FileImport


@dataclass
class Sent:
    """A file that was sent: the answer to it, and the page that shows what it would write."""

    client: Client
    row: FileImport
    page: Any

    @property
    def reading(self) -> Reading:
        found: Reading = self.page.context["reading"]
        return found

    def confirm(self, fingerprint: str | None = None) -> Any:
        """The page to which the confirmation leads."""
        seen = {"empreinte": self.reading.fingerprint if fingerprint is None else fingerprint}
        seen[TOKEN] = str(uuid4())  # pressed on a page of its own each time
        return self.client.post(reverse("directory:file_import_confirm", args=[self.row.public_id]), seen, follow=True)

    def answer(self, **said: Any) -> "Sent":
        """The same file, its questions answered."""
        columns = {f"colonne-{n}": "" if at is None else at for n, at in self.reading.columns.items()}
        page = self.client.post(self.page.request["PATH_INFO"], columns | said, follow=True)
        return Sent(self.client, self.row, page)


def send(client: Client, url: str, content: bytes, name: str = "fichier.csv") -> Sent:
    page = client.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True)
    assert page.redirect_chain, page.content.decode()
    return Sent(client, FileImport.objects.order_by("-pk")[0], page)
