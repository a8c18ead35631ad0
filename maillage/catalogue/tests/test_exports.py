"""The file of a producer with many products is made by a job."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download
from maillage.directory.tests.factories import with_role

from .factories import ProductFormatFactory

pytestmark = pytest.mark.django_db


def test_long_file_of_products_is_made_by_a_job(
    client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 1)
    first = ProductFormatFactory()
    ProductFormatFactory(product=first.product, reference="AUTRE")
    client.force_login(with_role(first.product.producer, "producer").account)
    export = reverse("catalogue:export")
    assert "Préparer le fichier" in client.get(export).content.decode()
    assert not Download.objects.exists()
    client.post(export)
    asked = Download.objects.get()
    make(download_id=asked.pk, now=timezone.now())
    assert client.get(reverse("directory:download_file", args=[asked.public_id])).getvalue()[:2] == b"PK"
