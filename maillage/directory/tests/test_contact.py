import pytest
from django.core.exceptions import ValidationError

from maillage.core.text import fold
from maillage.directory.contact import clean_neq, clean_phone, clean_postal_code
from maillage.directory.text import name_key, place_key


@pytest.mark.parametrize("typed", ["1143920001", "11 4392 0001", "114-392-0001", " 1143920001 "])
def test_a_neq_forgives_spaces(typed: str) -> None:
    assert clean_neq(typed) == "1143920001"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("123", "10 chiffres"),
        ("114392000A", "10 chiffres"),
        ("9943920001", "commence par"),
        ("11439200012", "10 chiffres"),
    ],
)
def test_a_wrong_neq_says_what_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        clean_neq(typed)


def test_contacts_take_one_shape() -> None:
    assert clean_neq("") == clean_phone("  ") == clean_postal_code("") == ""
    assert clean_phone("(450) 555.0142 poste 12") == "450 555-0142 p. 12"
    assert clean_phone("+1 514 555 0123") == "514 555-0123"
    assert clean_phone("+33 1 42 68 53 00") == "+33 1 42 68 53 00"
    assert clean_postal_code("j3l1a1") == "J3L 1A1"


@pytest.mark.parametrize("typed", ["D3L 1A1", "J3L", "12345"])
def test_a_wrong_postal_code_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="J3L"):
        clean_postal_code(typed)


def test_a_wrong_telephone_is_refused() -> None:
    with pytest.raises(ValidationError, match="indicatif"):
        clean_phone("poste 12")


def test_names_fold() -> None:
    assert fold("L'Œuvre  des Érables-Sud") == "l oeuvre des erables sud"
    assert place_key("La Vallée-du-Richelieu") == "vallee du richelieu"
    assert place_key("Les") == "les"
    assert name_key("Les Jardins d'Émilie inc.") == name_key("JARDINS D'EMILIE, coop")
