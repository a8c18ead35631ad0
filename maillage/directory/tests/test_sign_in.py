import html
import re
import time
from collections.abc import Collection
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from maillage.core import sql
from maillage.directory import actions, second_factor
from maillage.directory.actions import security
from maillage.directory.emails import tell_factor_reset, tell_new_device
from maillage.directory.models import Account, Person, RoleKind, SecurityEvent, SignIn
from maillage.directory.types import FactorReset, SignedInElsewhere

from .factories import Cast, PersonFactory, give_role, prove, with_role

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


def treasurer(cast: Cast) -> Person:
    person = with_role(cast.ours, "treasurer")
    assert person.account is not None
    person.account.set_password(PASSWORD)
    person.account.save()
    EmailAddress.objects.create(user=person.account, email=person.account.email, verified=True, primary=True)
    return person


def unprepared(cast: Cast, kind: str) -> Person:
    """Someone who holds the role, and never saw the page of the second factor."""
    person = with_role(cast.ours, kind, account__second_factor_due=None)
    assert person.account is not None
    person.account.set_password(PASSWORD)
    person.account.save()
    EmailAddress.objects.create(user=person.account, email=person.account.email, verified=True, primary=True)
    return person


def sign_in(client: Client, email: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post(reverse("account_login"), {"login": email, "password": password})


def sign_up(client: Client, email: str) -> None:
    values = {"email": email, "password1": PASSWORD, "given_name": "Sophie", "family_name": "Signe"}
    assert client.post(reverse("account_signup"), values).status_code == 302


def confirm(client: Client) -> None:
    link = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    client.post(link.group(1))


# --- accounts have people --------------------------------------------------------------------
def test_signing_up_makes_a_person_with_a_name() -> None:
    client = Client()
    sign_up(client, "sophie@exemple.test")
    person = Person.objects.get()
    assert (person.name, person.email) == ("Sophie Signe", "sophie@exemple.test")
    assert sign_in(Client(), "sophie@exemple.test").status_code == 302
    assert Client().get(reverse("directory:me")).status_code == 302


def test_a_proved_address_finds_who_was_noted_there(cast: Cast) -> None:
    noted = PersonFactory(account=None, email="Sophie@exemple.test", given_name="", family_name="")
    give_role(noted, cast.ours, "packer")
    client = Client()
    sign_up(client, "sophie@exemple.test")
    noted.refresh_from_db()
    assert noted.account is None
    confirm(client)
    noted.refresh_from_db()
    account = Account.objects.get(email="sophie@exemple.test")
    assert noted.account == account
    assert noted.name == "Sophie Signe"
    assert Person.objects.filter(email__iexact="sophie@exemple.test").count() == 1


def test_two_people_of_one_address_are_left_alone() -> None:
    for _ in range(2):
        PersonFactory(account=None, email="sophie@exemple.test")
    client = Client()
    sign_up(client, "sophie@exemple.test")
    confirm(client)
    assert Person.objects.filter(email="sophie@exemple.test", account=None).count() == 2


# --- rate limits -----------------------------------------------------------------------------
def test_after_five_wrong_passwords_the_right_one_waits(cast: Cast) -> None:
    person = treasurer(cast)
    client = Client()
    for _ in range(5):
        assert sign_in(client, person.email, "pas le bon du tout").status_code == 200
    page = sign_in(client, person.email)
    assert page.status_code == 200
    assert "trop de tentatives" in page.content.decode().lower() or "trop" in page.content.decode().lower()
    assert "_auth_user_id" not in client.session


# --- second factor ---------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["director", "treasurer", "manager"])
def test_these_roles_are_asked_for_a_second_factor_gently_then_firmly(cast: Cast, kind: str) -> None:
    client, person = Client(), unprepared(cast, kind)
    sign_in(client, person.email)
    page = client.get(reverse("directory:me"))
    ask = reverse("directory:second_factor")
    assert (page.status_code, page["Location"]) == (302, f"{ask}?next=%2Fmoi%2F")
    partial = client.get(reverse("directory:organisations"), headers={"HX-Request": "true"})
    assert partial["HX-Redirect"] == f"{ask}?next=%2F"
    shown = client.get(page["Location"]).content.decode()
    assert reverse("mfa_add_webauthn") in shown
    assert "Plus tard, avant le" in shown
    later = client.post(ask, {"next": "/moi/"})
    assert later["Location"] == "/moi/"
    assert client.get(reverse("directory:me")).status_code == 200
    account = Account.objects.get(pk=person.account.pk)  # type: ignore[union-attr]
    due = account.second_factor_due
    assert due is not None
    assert abs(due - timezone.now() - timedelta(days=14)) < timedelta(minutes=1)
    client.post(ask)
    account.refresh_from_db()
    assert account.second_factor_due == due  # put off once, not for ever
    Account.objects.filter(pk=account.pk).update(second_factor_due=timezone.now())
    assert client.get(reverse("directory:me"))["Location"].startswith(ask)
    over = client.get(ask).content.decode()
    assert "Plus tard" not in over
    assert "délai est passé" in over
    client.post(ask)
    assert client.get(reverse("directory:me"))["Location"].startswith(ask)
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


@pytest.mark.parametrize("kind", sorted({*RoleKind.values} - {"director", "treasurer", "manager"}))
def test_other_roles_are_not_asked(cast: Cast, kind: str) -> None:
    client, person = Client(), unprepared(cast, kind)
    sign_in(client, person.email)
    assert client.get(reverse("directory:me")).status_code == 200


def test_coordinating_what_handles_money_and_keeping_the_platform_ask_too(cast: Cast) -> None:
    coordinator, keeper = unprepared(cast, "coordinator"), unprepared(cast, "staff")
    seen: list[set[int]] = []

    def handles(ids: Collection[int]) -> bool:
        seen.append(set(ids))
        return cast.ours.pk in ids

    second_factor.register_money(handles)
    try:
        assert second_factor.asks_for_factor(Account.objects.get(pk=coordinator.account.pk))  # type: ignore[union-attr]
    finally:
        second_factor._money.remove(handles)
    assert seen == [{cast.ours.pk}]
    account = Account.objects.get(pk=keeper.account.pk)  # type: ignore[union-attr]
    assert not second_factor.asks_for_factor(account)
    account.is_platform_admin = True
    assert second_factor.asks_for_factor(account)


def test_with_a_second_factor_signing_in_asks_for_it(cast: Cast) -> None:
    person, client = treasurer(cast), Client()
    assert person.account is not None
    secret = generate_totp_secret()
    TOTP.activate(person.account, secret)
    page = sign_in(client, person.email)
    assert page["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get(reverse("directory:me")).status_code == 200


@pytest.mark.parametrize(("demo", "status"), [(True, 200), (False, 302)])
def test_one_click_sign_in_is_exempt_in_demonstration_only(cast: Cast, settings, demo: bool, status: int) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = demo
    client, person = Client(), unprepared(cast, "treasurer")
    assert person.account is not None
    client.force_login(person.account)
    session = client.session
    session["demo_sign_in"] = True
    session.save()
    assert client.get(reverse("directory:me")).status_code == status


def test_the_sign_in_page_offers_a_passkey() -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert 'id="passkey_login"' in page


# --- again, before an address that money follows changes -------------------------------------
def edited(**values: str) -> dict[str, str]:
    return {"name": "Coop des Quatre-Chemins", "legal_form": "coop_solidarity", **values}


def grow_old(client: Client) -> None:
    """What the account proved was proved eleven minutes ago."""
    session = client.session
    key = "account_authentication_methods"
    session[key] = [{**proof, "at": time.time() - 601} for proof in session[key]]
    session.save()


def test_a_new_email_asks_again_who_one_is_and_loses_nothing_typed(cast: Cast) -> None:
    client, person = Client(), unprepared(cast, "coordinator")
    sign_in(client, person.email)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    grow_old(client)
    assert client.post(url, edited(phone="450 555-0101")).status_code == 302  # no address of money: not asked
    asked = client.post(url, edited(phone="450 555-0102", email="new@exemple.test"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    cast.ours.refresh_from_db()
    assert (cast.ours.phone, cast.ours.email) == ("450 555-0101", "")
    proof = {"password": PASSWORD, "next": url}
    assert client.post(reverse("account_reauthenticate"), proof).status_code == 302
    cast.ours.refresh_from_db()
    assert (cast.ours.phone, cast.ours.email) == ("450 555-0102", "new@exemple.test")
    client.post(url, edited(email="newer@exemple.test"))
    cast.ours.refresh_from_db()
    assert cast.ours.email == "newer@exemple.test"  # proved a moment ago


def test_with_a_second_factor_a_password_is_not_proof_enough(cast: Cast) -> None:
    person = unprepared(cast, "coordinator")
    client = prove(Client(), person.account)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    grow_old(client)
    asked = client.post(url, edited(email="new@exemple.test"))
    assert asked["Location"].startswith(reverse("mfa_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/moi/"})
    again = client.post(url, edited(email="new@exemple.test"))
    assert again["Location"].startswith(reverse("mfa_reauthenticate"))


# --- sessions --------------------------------------------------------------------------------
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_sessions_are_listed_and_each_can_be_ended(cast: Cast) -> None:
    person = unprepared(cast, "staff")
    here, phone, work = (Client(headers={"User-Agent": AGENT}) for _ in range(3))
    for client in (here, phone, work):
        sign_in(client, person.email)
    page = here.get(reverse("directory:sessions"))
    assert [s.here for s in page.context["sessions"]] == [True, False, False]
    assert "Firefox, Linux" in page.content.decode()
    assert "Celle-ci" in page.content.decode()
    other = SignIn.objects.get(session_key=phone.session.session_key)
    here.post(reverse("directory:session_end"), {"session": str(other.public_id)})
    assert phone.get(reverse("directory:me")).status_code == 302
    assert work.get(reverse("directory:me")).status_code == 200
    here.post(reverse("directory:session_end"))
    assert work.get(reverse("directory:me")).status_code == 302
    assert here.get(reverse("directory:me")).status_code == 200


def test_nobody_ends_the_session_of_another(cast: Cast) -> None:
    mine, theirs = Client(), Client()
    one, other = unprepared(cast, "staff"), unprepared(cast, "staff")
    sign_in(mine, one.email)
    sign_in(theirs, other.email)
    row = SignIn.objects.get(session_key=theirs.session.session_key)
    mine.post(reverse("directory:session_end"), {"session": str(row.public_id)})
    mine.post(reverse("directory:session_end"))
    assert theirs.get(reverse("directory:me")).status_code == 200


def test_a_page_notes_the_session_now_and_then_only(cast: Cast) -> None:
    client, person = Client(), unprepared(cast, "staff")
    sign_in(client, person.email)
    row = SignIn.objects.get()
    client.get(reverse("directory:me"))
    assert SignIn.objects.get().seen_at == row.seen_at
    session = client.session
    session["sign_in"] = {**session["sign_in"], "at": int(time.time()) - 901}
    session.save()
    client.get(reverse("directory:me"))
    assert SignIn.objects.get().seen_at > row.seen_at
    words = {"oldpassword": PASSWORD, "password1": "une autre phrase longue", "password2": "une autre phrase longue"}
    assert client.post(reverse("account_change_password"), words).status_code == 302
    client.get(reverse("directory:me"))
    assert client.session.session_key != row.session_key
    assert SignIn.objects.get().session_key == client.session.session_key  # the row follows the key


def test_a_new_device_is_told_and_a_known_one_is_not(cast: Cast) -> None:
    person, phone, desk = unprepared(cast, "staff"), Client(), Client(headers={"User-Agent": AGENT})
    sign_in(phone, person.email)
    assert waiting() == []  # the first one of all
    phone.post(reverse("account_logout"))
    sign_in(phone, person.email)
    assert waiting() == []
    sign_in(desk, person.email)
    row = SignIn.objects.get(session_key=desk.session.session_key)
    assert waiting() == [row.pk]
    for _ in range(2):
        tell_new_device(SignedInElsewhere(sign_in_id=row.pk))
    assert [m.to for m in mail.outbox] == [[person.email]]
    assert "Firefox, Linux" in str(mail.outbox[0].body)


def waiting() -> list[int]:
    """Sign-ins of which a job is to tell."""
    jobs = sql.rows(
        "SELECT args->'payload'->>'sign_in_id' FROM procrastinate_jobs WHERE args->>'event' LIKE %(event)s",
        {"event": "%SignedInElsewhere"},
    )
    return [int(job[0]) for job in jobs]


def test_changes_of_security_are_mailed(cast: Cast) -> None:
    client, person = Client(), unprepared(cast, "staff")
    sign_in(client, person.email)
    words = {"oldpassword": PASSWORD, "password1": "une autre phrase longue", "password2": "une autre phrase longue"}
    client.post(reverse("account_change_password"), words)
    assert [m.to for m in mail.outbox] == [[person.email]]


def test_what_is_known_of_devices_goes_after_ninety_days_and_with_the_account(cast: Cast) -> None:
    client, person = Client(), unprepared(cast, "staff")
    sign_in(client, person.email)
    row = SignIn.objects.get()
    assert security.sweep_sign_ins(now=row.seen_at + timedelta(days=90)) == 0
    assert security.sweep_sign_ins(now=row.seen_at + timedelta(days=90, seconds=1)) == 1
    sign_in(client, person.email)
    actions.erase_person(person_id=person.pk, confirmation="EFFACER", now=timezone.now(), by=None)
    assert not SignIn.objects.exists()


# --- a second factor that is lost ------------------------------------------------------------
def test_the_administration_takes_a_lost_factor_away_with_a_trace(cast: Cast) -> None:
    person = unprepared(cast, "treasurer")
    prove(Client(), person.account)
    account, admin = person.account, cast.admin.account
    assert account is not None
    assert admin is not None
    with pytest.raises(CommandError, match="administration"):
        call_command("reset_second_factor", account.email, by=account.email, why="Reconnue au téléphone")
    with pytest.raises(CommandError, match="une phrase"):
        call_command("reset_second_factor", account.email, by=admin.email, why="ok")
    assert account.authenticator_set.exists()  # type: ignore[attr-defined]
    call_command("reset_second_factor", account.email, by=admin.email, why="Reconnue au téléphone par Ada")
    assert not account.authenticator_set.exists()  # type: ignore[attr-defined]
    event = SecurityEvent.objects.get()
    assert (event.account, event.by, event.why) == (account, admin, "Reconnue au téléphone par Ada")
    tell_factor_reset(FactorReset(event_id=event.pk))
    assert "Reconnue au téléphone par Ada" in str(mail.outbox[-1].body)
    client = Client()
    sign_in(client, person.email)
    assert client.get(reverse("directory:me"))["Location"].startswith(reverse("directory:second_factor"))


def test_a_page_asks_nothing_more_of_the_base_for_the_second_factor(cast: Cast) -> None:
    client = prove(Client(), cast.coordinator.account)
    client.get(reverse("directory:me"))
    with CaptureQueriesContext(connection) as caught:
        client.get(reverse("directory:me"))
    alone = [q["sql"] for q in caught if "mfa_authenticator" in q["sql"] and "directory_account" not in q["sql"]]
    assert alone == []


# --- what was typed before the second factor --------------------------------------------------
def grown_over(cast: Cast, client: Client) -> Person:
    """A coordinator of ours who directs it, whose time to do without is over."""
    person = with_role(cast.ours, "director", account__second_factor_due=timezone.now() - timedelta(days=1))
    assert person.account is not None
    client.force_login(person.account)
    return person


def resend(client: Client, page: str) -> HttpResponse:
    """Press the button of the page that holds a form, as a browser does."""
    form = re.search(r'<form method="post" action="([^"]+)"[^>]*data-once>(.*?)</form>', page, re.S)
    assert form is not None, page
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2])
    values = {html.unescape(name): html.unescape(text) for name, text in fields if name != "csrfmiddlewaretoken"}
    answer: HttpResponse = client.post(html.unescape(form[1]), values)
    return answer


def test_a_form_that_meets_a_missing_factor_waits_for_it(cast: Cast, client: Client) -> None:
    person = grown_over(cast, client)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    asked = client.post(url, edited(phone="450 555-0177", name="L'« Îlot » & fils"), headers={"Referer": url})
    assert asked["Location"].startswith(reverse("directory:second_factor"))
    assert "est gardé" in client.get(asked["Location"]).content.decode()
    cast.ours.refresh_from_db()
    assert cast.ours.phone != "450 555-0177"
    prove(client, person.account)
    held = reverse("directory:second_factor_held")
    assert "vous attend" in client.get(reverse("mfa_index")).content.decode()
    assert client.get("/moi/")["Location"] == held
    assert client.get("/moi/", headers={"Sec-Fetch-Dest": "empty"}).status_code == 200
    assert client.get(asked["Location"])["Location"] == held
    assert resend(client, client.get(held).content.decode()).status_code == 302
    cast.ours.refresh_from_db()
    assert (cast.ours.phone, cast.ours.name) == ("450 555-0177", "L'« Îlot » & fils")
    assert client.get("/moi/").status_code == 200  # nothing waits any more
    assert client.get(held)["Location"] == reverse("home")


def test_who_puts_the_factor_off_sends_it_again_at_once(cast: Cast, client: Client) -> None:
    person = unprepared(cast, "director")
    assert person.account is not None
    client.force_login(person.account)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    client.post(url, edited(phone="450 555-0178"), headers={"HX-Request": "true", "Referer": f"http://testserver{url}"})
    later = client.post(reverse("directory:second_factor"), {"next": url})
    assert later["Location"] == reverse("directory:second_factor_held")
    resend(client, client.get(later["Location"]).content.decode())
    cast.ours.refresh_from_db()
    assert cast.ours.phone == "450 555-0178"


def test_what_waits_can_be_given_up_and_goes_after_an_hour(cast: Cast, client: Client) -> None:
    person = grown_over(cast, client)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    held = reverse("directory:second_factor_held")
    client.post(url, edited(), headers={"Referer": f"http://testserver{url}"})
    prove(client, person.account)
    assert client.post(held)["Location"] == url
    assert client.get("/moi/").status_code == 200
    for late, status in ((3_590, 302), (3_601, 200)):
        session = client.session
        session["held_form"] = {"path": url, "page": url, "typed": [], "files": False, "at": int(time.time()) - late}
        session.save()
        assert client.get("/moi/").status_code == status


def test_what_is_too_long_to_wait_says_so_and_files_are_chosen_again(cast: Cast, client: Client) -> None:
    person = grown_over(cast, client)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    client.post(url, {**edited(description="x" * 300_000), "logo": SimpleUploadedFile("a.png", b"x")})
    prove(client, person.account)
    page = client.get(reverse("directory:second_factor_held")).content.decode()
    assert "trop long" in page
    assert "joints" in page
    assert "Envoyer de nouveau" not in page
