"""Files in an S3-compatible storage: a server of it on this machine, spoken to by HTTP."""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from moto.server import ThreadedMotoServer
from PIL import Image

from maillage.catalogue import pictures
from maillage.core import entrusted, s3
from maillage.core.backup.make import make_backup
from maillage.core.backup.restore import restore_backup
from maillage.market import documents
from maillage.market.models import Document
from maillage.market.types import CycleClosed
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, settings: Any, monkeypatch: pytest.MonkeyPatch, request: Any) -> Iterator[Any]:
    """A new bucket, the default storage; yields what is in it, by the client of any other tool."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    made = boto3.resource("s3", endpoint_url=server).Bucket(f"essai-{abs(hash(request.node.name))}")
    made.create()
    settings.STORAGES = settings.STORAGES | {
        "default": s3.storage(f"s3://{made.name}/fichiers?endpoint={server}&addressing=path")
    }
    yield made
    made.objects.all().delete()
    made.delete()


def keys(bucket: Any) -> set[str]:
    return {entry.key.removeprefix("fichiers/") for entry in bucket.objects.all()}


def test_a_market_document_is_made_read_remade_and_deleted(bucket: Any) -> None:
    side = world.make_side("ours", "SECRET")
    Document.objects.all().delete()
    cycle = side.has.cycle
    cycle.state = "closed"
    cycle.save()
    documents.prepare(CycleClosed(cycle.pk))
    document = Document.objects.filter(cycle=cycle, kind="harvest").get()
    first = documents.make(document_id=document.pk, now=NOW).file.name
    assert first in keys(bucket)
    assert entrusted.read_file(first).is_as(entrusted.KeptFile(first, document.size or None, ""))

    coordinator = side.people["coordinator"]
    client = Client()
    client.force_login(coordinator.account)
    document.refresh_from_db()
    page = client.get(reverse("market:document", args=[document.public_id]))
    assert page.status_code == 200
    assert b"".join(page.streaming_content).startswith(b"%PDF")

    side.has.offer.__class__.objects.filter(cycle=cycle).update(product_name="Autre nom")
    second = documents.make(document_id=document.pk, now=NOW).file.name
    assert second != first
    assert keys(bucket) >= {second}
    assert first not in keys(bucket)
    default_storage.delete(second)
    assert second not in keys(bucket)
    assert not default_storage.exists(second)
    with pytest.raises(FileNotFoundError):
        entrusted.read_file(second)


def test_a_picture_is_kept_in_two_sizes_and_shown(bucket: Any) -> None:
    raw = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(raw, "JPEG")
    raw.seek(0)
    name = pictures.store(raw)
    assert keys(bucket) == {name, pictures.small_of(name)}
    answer = Client().get(pictures.url(name))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[8:12] == b"WEBP"


def test_a_file_leaves_with_the_transaction_alone(bucket: Any) -> None:
    name = default_storage.save("essai.txt", ContentFile(b"un"))
    with suppress(ZeroDivisionError), transaction.atomic():
        default_storage.delete(name)
        raise ZeroDivisionError
    assert name in keys(bucket)
    assert default_storage.save("essai.txt", ContentFile(b"deux")) != name
    default_storage.replace(name, b"trois")
    with default_storage.open(name) as file:
        assert file.read() == b"trois"


def test_a_backup_holds_the_files_of_the_bucket(bucket: Any, tmp_path: Any) -> None:
    world.build()
    named = set(entrusted.kept_files())
    told = make_backup(tmp_path / "backup")
    assert (told.files, told.missing, told.differing) == (len(named), [], [])
    bucket.objects.all().delete()
    restore_backup(tmp_path / "backup", replace=True)
    assert keys(bucket) == named
    call_command("check_books", stdout=io.StringIO())


@pytest.mark.parametrize("url", ["s3://", "bucket", "https://x/y", "s3://key:secret@bucket/", "s3://b?secret=1"])
def test_a_setting_that_names_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="s3://bucket"):
        s3.storage(url)
