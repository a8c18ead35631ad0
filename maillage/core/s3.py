"""Files in an S3-compatible storage that several web machines share, by `MEDIA_STORAGE` (docs/operations.md)."""

import hashlib
import tempfile
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.db import transaction
from storages.backends.s3 import S3Storage

KNOWN = {"endpoint", "region", "addressing"}


class S3Files(S3Storage):
    """A name exists only once its bytes do (S3 shows whole objects alone); what was written is asked for again."""

    def _save(self, name: str, content: File[Any]) -> str:
        from .files import noted

        digest = hashlib.sha256()
        with tempfile.SpooledTemporaryFile(max_size=8_000_000) as whole:  # boto closes what it is given
            for chunk in content.chunks():
                raw = chunk if isinstance(chunk, bytes) else chunk.encode()
                whole.write(raw)
                digest.update(raw)
            size = whole.tell()
            whole.seek(0)
            kept = str(super()._save(name, File(whole, name)))
        if self.size(kept) != size:
            raise OSError(f"The storage holds {self.size(kept)} of the {size} bytes of {kept}.")
        noted(kept, size, digest.hexdigest())
        return kept

    def replace(self, name: str, content: bytes) -> None:
        """The bytes under that very name, in place of what it held."""
        self._save(name, ContentFile(content))

    def delete(self, name: str) -> None:
        """Once the transaction stands: a row that comes back by a rollback still has its file."""
        from .models import StoredFile

        StoredFile.objects.filter(name=name).delete()
        transaction.on_commit(lambda: super(S3Files, self).delete(name))


def storage(url: str) -> dict[str, Any]:
    """The entry of `STORAGES` for `s3://bucket/folder?endpoint=https://…&region=…&addressing=path`.

    Keys are those of every tool of S3: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, or a role of the machine.
    Raises ImproperlyConfigured.
    """
    parts = urlsplit(url)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or set(given) - KNOWN or "@" in parts.netloc:
        raise ImproperlyConfigured(
            "MEDIA_STORAGE is s3://bucket/folder?endpoint=https://…&region=…&addressing=path (its keys are in "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)."
        )
    options = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": given.get("endpoint"),
        "region_name": given.get("region"),
        "addressing_style": given.get("addressing"),
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
    }
    return {"BACKEND": "maillage.core.s3.S3Files", "OPTIONS": {k: v for k, v in options.items() if v is not None}}
