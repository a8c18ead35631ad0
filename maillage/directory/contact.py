"""What people type in forms, brought to one shape; ValidationError says what to correct."""

import re

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NEQ_PREFIXES = {
    "11": "personne morale",
    "22": "entreprise individuelle",
    "33": "société de personnes, association",
    "88": "organisme public",
}


def clean_neq(value: str) -> str:
    """A Québec enterprise number: 10 digits, spaces and hyphens forgiven; empty stays empty.

    The first two digits say what kind of enterprise it is: 11 legal persons, 22 sole proprietorships, 33 partnerships,
    associations and other groups, 88 public bodies (Registraire des entreprises, "Elements of the register",
    registreentreprises.gouv.qc.ca/en/consulter/rechercher/elements_registre.aspx). Nobody publishes a check digit for
    it (python-stdnum has the federal numbers of Canada only), so none is verified: a wrong digit can pass, and the
    duplicate of a NEQ is refused when it is written.
    """
    digits = re.sub(r"[\s\-.]", "", value)
    if not digits:
        return ""
    if not re.fullmatch(r"\d{10}", digits):
        raise ValidationError(
            _("Le NEQ compte 10 chiffres ; « %(value)s » n'en est pas un."), code="neq", params={"value": value.strip()}
        )
    if digits[:2] not in NEQ_PREFIXES:
        raise ValidationError(
            _("Un NEQ commence par 11, 22, 33 ou 88, pas par %(prefix)s. Vérifiez-le au Registraire."),
            code="neq",
            params={"prefix": digits[:2]},
        )
    return digits


def clean_postal_code(value: str) -> str:
    """A Canadian postal code as `J3L 1A1`; empty stays empty."""
    code = re.sub(r"[\s\-]", "", value).upper()
    if not code:
        return ""
    if not re.fullmatch(r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]\d[ABCEGHJ-NPRSTV-Z]\d", code):
        raise ValidationError(_("Un code postal s'écrit comme J3L 1A1."), code="postal_code")
    return f"{code[:3]} {code[3:]}"


def clean_phone(value: str) -> str:
    """A telephone number as `450 555-0123`, or `+33 1 …` from abroad; empty stays empty."""
    if not value.strip():
        return ""
    try:
        number = phonenumbers.parse(re.sub(r"\bposte\b", "ext.", value, flags=re.IGNORECASE), "CA")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValidationError(
            _("Écrivez le téléphone avec son indicatif régional, par exemple 450 555-0123."), code="phone"
        )
    if number.country_code != 1:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = str(number.national_number)
    shown = f"{national[:3]} {national[3:6]}-{national[6:]}"
    return f"{shown} p. {number.extension}" if number.extension else shown
