"""A file becomes rows: questions first, then what would be written, then once; long ones by a job that may die."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone

from maillage.core.actions import Refused
from maillage.core.imports import Field, Kind, Line
from maillage.core.jobs import under_way
from maillage.core.sheets import read_grid
from maillage.directory import imports
from maillage.directory.actions import file_imports as actions
from maillage.directory.models import ColumnsKept, FileImport, Organisation, Sector
from maillage.directory.queries import acting
from maillage.urls import urlpatterns as everything

from .factories import OrganisationFactory, with_role
from .importing import Sent, send

pytestmark = [pytest.mark.django_db, pytest.mark.urls("maillage.directory.tests.test_file_imports")]
URL = "/essai/import/"
HEAD = "Code,Nom,Depuis\n"


def check(lines: Sequence[Line], *, organisation: Organisation, user: Any, today: Any) -> None:
    held = set(Sector.objects.values_list("code", flat=True))
    for line in lines:
        line.title, line.entry = line.cells["name"], (line.cells["code"], line.cells["name"])
        line.more = [str(line.values.get("since") or "")]
        line.known = line.cells["code"] in held
        if line.cells["name"] == "interdit":
            line.wrong("name", "Ce nom est interdit.")


def write(entries: Sequence[Any], *, organisation_id: int, by: Any) -> int:
    if any(name == "panne" for _code, name in entries):
        raise Refused("La machine est en panne.")
    if any(name == "défaut" for _code, name in entries):
        raise ZeroDivisionError
    return len(Sector.objects.bulk_create([Sector(code=c, name=n, name_en=n) for c, n in entries]))


KIND = Kind(
    title="Importer des secteurs",
    counted=lambda n: f"{n} secteurs",
    fields=(
        Field("code", "Code", needed=True),
        Field("name", "Nom", ("nom", "libelle"), needed=True),
        Field("since", "Depuis", kind="day"),
    ),
    check=check,
    write=write,
    writers=("manager",),
    back=lambda organisation: reverse("directory:organisations"),
    batch=200,
    words=lambda organisation: {"Nom": ["un", "deux"]},
)


def page(request: Any) -> Any:
    return imports.page(request, "maillage.directory.tests.test_file_imports:KIND", acting(request, ("manager",)).one)


urlpatterns = [path("essai/import/", page), *everything]


@pytest.fixture
def manager(client: Client) -> Any:
    person = with_role(OrganisationFactory(), "manager")
    client.force_login(person.account)
    return person


def csv(count: int, name: str = "Secteur") -> bytes:
    return (HEAD + "".join(f"x{n},{name} {n},2026-01-02\n" for n in range(count))).encode()


def test_a_file_is_shown_then_written_once(client: Client, manager: Any) -> None:
    text = HEAD + "a,Un,2026-01-02\nb,interdit,\n,Sans code,\nc,interdit,\n"
    sent = send(client, URL, text.encode())
    assert sent.reading.counts == {"ready": 1, "known": 0, "wrong": 3}
    assert "Ce nom est interdit." in sent.page.text
    assert "(2 lignes\u00a0: 3, 5)" in sent.page.text
    assert "1 secteurs" in sent.page.text
    assert not Sector.objects.filter(code="a").exists()
    assert "1 secteurs" in sent.confirm().text
    assert Sector.objects.get(code="a").name == "Un"
    row = FileImport.objects.get()
    assert (row.state, row.rows, row.counts) == ("done", [], {"made": 1, "known": 0, "wrong": 3})
    assert "déjà terminé" in sent.confirm().text
    assert send(client, URL, text.encode()).reading.counts["known"] == 1
    assert "L’import est terminé" in client.get(sent.page.request["PATH_INFO"]).text


def test_lines_to_correct_come_back_with_their_reason(client: Client, manager: Any) -> None:
    sent = send(client, URL, (HEAD + "a,Un,\nb,interdit,\n").encode())
    file = client.get(reverse("directory:file_import_wrong", args=[sent.row.public_id]))
    import io

    grid = read_grid(io.BytesIO(file.content))
    assert grid.headings == ["Code", "Nom", "Depuis", "À corriger"]
    assert [cells for _n, cells in grid.rows] == [["b", "interdit", "", "Ce nom est interdit."]]


def test_columns_that_a_person_named_are_remembered(client: Client, manager: Any) -> None:
    text = "Sigle,Nom,Libellé\na,Un,Autre\n"
    sent = send(client, URL, text.encode())
    assert sent.reading.asked
    assert "Garder" not in sent.page.text
    assert "dites laquelle" in sent.page.text
    assert sent.client.post(reverse("directory:file_import_confirm", args=[sent.row.public_id]), follow=True)
    assert not Sector.objects.filter(code="a").exists()
    answered = sent.answer(**{"colonne-code": 0, "colonne-name": 2})
    assert [line.title for line in answered.reading.lines] == ["Autre"]
    assert "Colonnes laissées de côté\u00a0: Nom" in answered.page.text
    answered.confirm()
    again = send(client, URL, "Sigle,Nom,Libellé\nb,Deux,Encore\n".encode())
    assert not again.reading.asked
    assert [line.title for line in again.reading.lines] == ["Encore"]
    other = with_role(OrganisationFactory(), "manager")
    elsewhere = Client()
    elsewhere.force_login(other.account)
    assert send(elsewhere, URL, text.encode()).reading.asked
    assert ColumnsKept.objects.count() == 1


def test_which_number_is_the_day_is_asked_once(client: Client, manager: Any) -> None:
    sent = send(client, URL, (HEAD + "a,Un,03/04/2026\n").encode())
    assert sent.reading.asked
    assert "03/04/2026" in sent.page.text
    day, month = sent.answer(jours="day"), sent.answer(jours="month")
    assert [line.more for line in (day.reading.lines[0], month.reading.lines[0])] == [["2026-04-03"], ["2026-03-04"]]
    assert not send(client, URL, (HEAD + "a,Un,13/04/2026\n").encode()).reading.asked


def test_what_changed_since_it_was_shown_is_shown_again(client: Client, manager: Any) -> None:
    sent = send(client, URL, csv(2))
    Sector.objects.create(code="x0", name="Pris", name_en="Taken")
    assert "a changé depuis" in sent.confirm().text
    assert not Sector.objects.filter(code="x1").exists()
    assert "a changé depuis" in sent.confirm("").text


def test_nothing_to_write_is_said(client: Client, manager: Any) -> None:
    sent = send(client, URL, (HEAD + "a,interdit,\n").encode())
    assert "Garder" not in sent.page.text
    assert "Aucune ligne" in sent.confirm().text


def test_a_refusal_writes_nothing_and_can_be_tried_again(client: Client, manager: Any) -> None:
    sent = send(client, URL, (HEAD + "a,Un,\nb,panne,\n").encode())
    assert "en panne" in sent.confirm().text
    assert not Sector.objects.filter(code="a").exists()
    assert FileImport.objects.get().state == "shown"


def test_a_file_given_up_loses_its_cells(client: Client, manager: Any) -> None:
    sent = send(client, URL, csv(1))
    client.post(reverse("directory:file_import_discard", args=[sent.row.public_id]))
    row = FileImport.objects.get()
    assert (row.state, row.rows) == ("discarded", [])
    assert "déjà terminé" in sent.confirm().text


def test_only_those_who_import_there_see_it(client: Client, manager: Any) -> None:
    sent = send(client, URL, csv(1))
    colleague, board = with_role(sent.row.organisation, "manager"), with_role(sent.row.organisation, "board")
    for person, status in ((colleague, 200), (board, 404), (with_role(OrganisationFactory(), "manager"), 404)):
        other = Client()
        other.force_login(person.account)
        for name in ("file_import", "file_import_wrong"):
            assert other.get(reverse(f"directory:{name}", args=[sent.row.public_id])).status_code == status
        if status == 404:
            assert Sent(other, sent.row, sent.page).confirm().status_code == 404
            discard = reverse("directory:file_import_discard", args=[sent.row.public_id])
            assert other.post(discard).status_code == 404
    assert FileImport.objects.get().state == "shown"


def test_the_model_file_has_the_headings_and_the_words(client: Client, manager: Any) -> None:
    import io

    grid = read_grid(io.BytesIO(client.get(f"{URL}?modele").content))
    assert grid.headings == ["Code", "Nom", "Depuis"]


def test_a_long_file_is_a_job_that_says_how_far_it_is(client: Client, manager: Any) -> None:
    sent = send(client, URL, csv(650))
    shown = sent.confirm()
    assert "650" in shown.text
    assert "data-poll" in shown.text
    row = sent.row
    assert under_way("directory.import_file", "import_id") == {row.pk}
    assert not Sector.objects.filter(code="x0").exists()
    actions.write(import_id=row.pk, job_id=7, now=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.done, row.counts["made"]) == ("done", 650, 650)
    assert Sector.objects.filter(code__startswith="x").count() == 650
    actions.write(import_id=row.pk, job_id=7, now=timezone.now())  # again: nothing
    assert Sector.objects.filter(code__startswith="x").count() == 650


def test_a_job_that_died_goes_on_where_it_was(client: Client, manager: Any) -> None:
    row = send(client, URL, csv(650))
    row.confirm()
    write(entries=[(f"x{n}", "Fait") for n in range(200)], organisation_id=0, by=None)  # its first batch stood
    actions.write(import_id=row.row.pk, job_id=None, now=timezone.now())
    row.row.refresh_from_db()
    assert (row.row.state, row.row.counts) == ("done", {"made": 450, "known": 200, "wrong": 0})


@pytest.mark.parametrize(("name", "said"), [("panne", "en panne"), ("défaut", "défaut imprévu")])
def test_a_job_that_fails_says_why(client: Client, manager: Any, name: str, said: str) -> None:
    sent = send(client, URL, csv(600) + f"z,{name},\n".encode())
    sent.confirm()
    actions.write(import_id=sent.row.pk, job_id=1, now=timezone.now())
    sent.row.refresh_from_db()
    assert sent.row.state == "failed"
    assert said in sent.row.problem
    assert said in client.get(sent.page.request["PATH_INFO"]).text.replace("\u00a0", " ")


def test_what_nobody_confirms_goes_after_a_week_and_a_silent_job_says_so(client: Client, manager: Any) -> None:
    shown, running = send(client, URL, csv(1)), send(client, URL, csv(600))
    running.confirm()
    now = timezone.now()
    assert actions.sweep(now=now + timedelta(days=6)) == 0
    running.row.refresh_from_db()
    assert running.row.state == "failed"
    assert actions.sweep(now=now + timedelta(days=8)) == 1
    shown.row.refresh_from_db()
    assert (shown.row.state, shown.row.rows) == ("discarded", [])


def test_an_import_that_is_over_holds_no_cells() -> None:
    now = timezone.now()
    seen = {"uploaded_at": now, "touched_at": now}
    with pytest.raises(IntegrityError, match="file_import_over_is_empty"):
        FileImport.objects.create(kind="x", organisation=OrganisationFactory(), rows=[[1, ["a"]]], state="done", **seen)
