"""Many slides of a shared report: asked for once by whoever holds the link, made by a job, kept for all who hold it."""

import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from maillage.core.period import Period
from maillage.core.tests.threads import together
from maillage.indicators import actions, tasks
from maillage.indicators.actions import link_files
from maillage.indicators.models import LinkFile, ReportLink
from maillage.indicators.views.report_links import SALT, public_url

from .factories import NOW, indicator, worked

pytestmark = pytest.mark.django_db


def shared(charts: int = 6) -> tuple[ReportLink, str]:
    """A link to a published report, and the address of its pictures."""
    organisation, _enterprises = worked(3)
    indicator(organisation, "enterprises_served", breakdowns=["territory"])
    chart = {"kind": "chart", "key": "enterprises-served", "dimension": "territory"}
    report = actions.create_report(
        organisation_id=organisation.pk, title="Rapport annuel", period=Period.fiscal_year(2022),
        sections=[{"title": "Tout", "blocks": [chart] * charts}], by=None,
    )  # fmt: skip
    actions.publish(report_id=report.pk, by=None, now=NOW)
    link = actions.share(report_id=report.pk, label="Fondation", by=None, now=timezone.now())
    assert SALT
    token = public_url(link).rstrip("/").rpartition("/")[2]
    return link, reverse("indicators:report_public_document", args=[token, "zip"])


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="indicators.link_file").count()


def test_a_visitor_s_slides_are_made_by_a_job_once_for_all() -> None:
    _link, url = shared()
    visitor, other = Client(), Client()
    page = visitor.get(url)
    assert "Préparer les images" in page.text
    assert jobs() == 0, "a GET starts nothing"
    for client in (visitor, other, visitor):
        answer = client.post(url)
        assert answer.url == f"{url}?attente"
        assert "se préparent" in client.get(answer.url).text
    assert jobs() == 1
    tasks.make_link_file(LinkFile.objects.get().pk)
    assert "Les images sont prêtes" in other.get(f"{url}?attente").text
    file = other.get(url)
    assert file.headers["Content-Disposition"].endswith('"rapport-annuel-images.zip"')
    names = zipfile.ZipFile(BytesIO(b"".join(file))).namelist()
    assert len([n for n in names if n.endswith(".png")]) == 6


def test_slides_that_the_server_lost_are_made_anew(settings: Any) -> None:
    _link, url = shared()
    client = Client()
    client.post(url)
    row = LinkFile.objects.get()
    tasks.make_link_file(row.pk)
    row.refresh_from_db()
    (Path(settings.MEDIA_ROOT) / row.file.name).write_bytes(b"")
    answer = client.get(url)
    assert answer.url == f"{url}?attente"
    assert "se préparent" in client.get(answer.url).text
    assert jobs() == 2
    tasks.make_link_file(row.pk)
    again = client.get(url)
    assert again.headers["Content-Disposition"].endswith('"rapport-annuel-images.zip"')
    assert b"".join(again)


def test_few_slides_come_at_once() -> None:
    _link, url = shared(charts=2)
    assert b"".join(Client().get(url)).startswith(b"PK")
    assert not LinkFile.objects.exists()


def test_a_failure_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _link, url = shared()
    client = Client()
    client.post(url)
    monkeypatch.setattr("maillage.indicators.exports.write", lambda *a, **k: 1 / 0)
    tasks.make_link_file(LinkFile.objects.get().pk)
    assert "n’ont pas pu être préparées" in client.get(f"{url}?attente").text
    monkeypatch.undo()
    client.post(url)
    assert jobs() == 2
    tasks.make_link_file(LinkFile.objects.get().pk)
    assert b"".join(client.get(url)).startswith(b"PK")


def test_a_file_goes_with_its_link(django_capture_on_commit_callbacks: Any) -> None:
    link, url = shared()
    Client().post(url)
    tasks.make_link_file(LinkFile.objects.get().pk)
    name = LinkFile.objects.get().file.name
    assert link_files.forget_link_files(now=timezone.now()) == 0
    actions.revoke_link(link_id=link.pk, by=None, now=timezone.now())
    assert Client().get(url).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert link_files.forget_link_files(now=timezone.now() + timedelta(days=1)) == 1
    assert not default_storage.exists(name)
    assert not LinkFile.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_visitors_who_ask_at_once_begin_one_job() -> None:
    link, _url = shared()
    ask = lambda: link_files.ask_link_file(link_id=link.pk, kind="zip", language="fr", now=timezone.now())  # noqa: E731
    found = together([ask] * 5)
    assert {f.pk for f in found} == {LinkFile.objects.get().pk}
    assert jobs() == 1
