"""The catalogues: what French shows of the sentences that the code holds."""

import os
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from maillage.core.compiled import stale
from maillage.core.management.commands.messages import french_of, po_path, typeset, write_catalog


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Motif : absent", "Motif\u00a0: absent"),
        ("Régler ce cycle ? Cela ne se défait pas.", "Régler ce cycle\u00a0? Cela ne se défait pas."),
        ("Garder dans « %(name)s »", "Garder dans «\u00a0%(name)s\u00a0»"),
        ("La marge est de 15 % du prix", "La marge est de 15\u00a0% du prix"),
        ("%(n)s %% de l'année", "%(n)s\u00a0%% de l’année"),
        ("De %(start)s à %(end)s", "De %(start)s à %(end)s"),
        ('Voir <a href="%(u)s">l\'aide</a>', 'Voir <a href="%(u)s">l’aide</a>'),
        ("https://exemple.org", "https://exemple.org"),
    ],
)
def test_french_is_typeset(written: str, shown: str) -> None:
    assert typeset(written) == shown
    assert typeset(shown) == shown


def test_french_catalogue_holds_what_differs_from_the_code() -> None:
    catalog = Catalog(locale="en")
    catalog.add("Aucune commande.", string="No order.")
    catalog.add("Motif : absent", string="Reason: absent")
    catalog.add(("%(n)s commande", "%(n)s commandes"), string=("%(n)s order", "%(n)s orders"))
    french = french_of(catalog)
    assert {str(m.id): m.string for m in french if m.id} == {
        "Motif : absent": "Motif\u00a0: absent",
        str(("%(n)s commande", "%(n)s commandes")): ("%(n)s commande", "%(n)s commandes"),
    }


def test_a_catalogue_is_compiled_when_it_changed_and_only_then(tmp_path: Path) -> None:
    folder = tmp_path / "core"
    catalog = Catalog(locale="en")
    catalog.add("Motif", string="Reason")
    write_catalog(po_path(folder), catalog)
    assert stale(tmp_path) == []
    with po_path(folder).with_suffix(".mo").open("rb") as file:
        read = GNUTranslations(file)
    assert read.gettext("Motif") == "Reason"
    made = po_path(folder).with_suffix(".mo").stat().st_mtime
    os.utime(po_path(folder), (made + 1, made + 1))
    assert stale(tmp_path) == [po_path(folder)]
    po_path(folder).with_suffix(".mo").unlink()
    assert stale(tmp_path) == [po_path(folder)]
    assert [path.name for path in po_path(folder).parent.iterdir()] == ["django.po"]
