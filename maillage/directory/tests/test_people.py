from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.models import Letter
from maillage.directory import actions, queries
from maillage.directory.emails import send_invitation
from maillage.directory.models import Account, Invitation, Person, Role
from maillage.directory.tokens import read_token, token_of
from maillage.directory.types import InvitationSent

from .factories import Cast, PersonFactory, give_role, with_role

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


def signed_in(person: Person) -> Client:
    client = Client()
    assert person.account is not None
    client.force_login(person.account)
    return client


def invitation(cast: Cast, *, email: str = "nouvelle@exemple.test", kind: str = "packer", **more: object) -> Invitation:
    return actions.invite(
        organisation_id=cast.ours.pk,
        email=email,
        kind=kind,
        now=timezone.now(),
        by=cast.coordinator.account,
        **more,  # type: ignore[arg-type]
    )


def opens(sent: Invitation) -> str:
    return reverse("directory:invitation", args=[token_of(sent)])


# --- roles -----------------------------------------------------------------------------------
def test_people_of_lists_each_person_once_with_their_roles(cast: Cast, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    give_role(cast.teammate, cast.ours, "driver")
    ended = with_role(cast.ours, "board")
    actions.end_role(role_id=ended.roles.get().pk, on=date(2024, 1, 1), by=None)
    with django_assert_num_queries(2):
        people = list(queries.people_of(cast.ours, day=timezone.localdate()))
        assert {p.name for p in people} == {cast.coordinator.name, cast.teammate.name}
        roles = {p.name: [r.kind for r in p.held] for p in people}  # type: ignore[attr-defined]
    assert roles[cast.teammate.name] == ["driver", "staff"]
    assert [p.pk for p in queries.people_of(cast.ours, day=date(2023, 1, 1), kinds=["board"])] == [ended.pk]


def test_a_role_is_held_once_at_a_time(cast: Cast) -> None:
    with pytest.raises(actions.AlreadyHolds, match="Thérèse Travaille"):
        actions.give_role(
            person_id=cast.teammate.pk, organisation_id=cast.ours.pk, kind="staff", since=date(2026, 1, 1), by=None
        )
    assert Role.objects.filter(person=cast.teammate).count() == 1


def test_an_ended_role_opens_nothing(cast: Cast) -> None:
    client = signed_in(cast.coordinator)
    page = reverse("directory:people", args=[cast.ours.public_id])
    give_role(cast.teammate, cast.ours, "director")
    assert client.get(page).status_code == 200
    role = Role.objects.get(person=cast.coordinator)
    client.post(reverse("directory:role_end", args=[cast.ours.public_id, role.public_id]))
    role.refresh_from_db()
    assert role.during.upper == timezone.localdate()
    assert client.get(page).status_code == 404


def test_the_last_one_who_manages_cannot_leave(cast: Cast) -> None:
    role = Role.objects.get(person=cast.coordinator)
    with pytest.raises(actions.LastManager):
        actions.end_role(role_id=role.pk, on=timezone.localdate(), by=cast.coordinator.account)
    role.refresh_from_db()
    assert role.during.upper is None


def test_a_role_that_never_began_disappears(cast: Cast) -> None:
    today = timezone.localdate()
    role = actions.give_role(
        person_id=cast.teammate.pk,
        organisation_id=cast.ours.pk,
        kind="juror",
        since=today + timedelta(days=3),
        by=cast.coordinator.account,
    )
    actions.end_role(role_id=role.pk, on=today, by=cast.coordinator.account)
    assert not Role.objects.filter(pk=role.pk).exists()


def test_only_the_direction_gives_the_treasury(cast: Cast) -> None:
    director = with_role(cast.ours, "director")
    values = {
        "person_id": cast.teammate.pk,
        "organisation_id": cast.ours.pk,
        "kind": "treasurer",
        "since": timezone.localdate(),
    }
    with pytest.raises(actions.NotYourRole):
        actions.give_role(**values, by=cast.coordinator.account)
    with pytest.raises(actions.NotYourRole):
        invitation(cast, kind="director")
    assert not Invitation.objects.exists()
    actions.give_role(**values, by=director.account)
    assert Role.objects.filter(kind="treasurer", person=cast.teammate).exists()


def test_someone_without_account_is_added_from_the_page(cast: Cast) -> None:
    client = signed_in(cast.coordinator)
    page = client.post(
        reverse("directory:person_add", args=[cast.ours.public_id]),
        {
            "given_name": "Bénédicte",
            "family_name": "Vole",
            "kind": "packer",
            "since": "2026-01-15",
            "phone": "4505550142",
        },
    )
    assert page.status_code == 302
    person = Person.objects.get(given_name="Bénédicte")
    assert (person.account, person.phone) == (None, "450 555-0142")
    wrong = client.post(reverse("directory:person_add", args=[cast.ours.public_id]), {"given_name": "X"})
    assert wrong.status_code == 422
    assert Person.objects.filter(roles__organisation=cast.ours).count() == 3


def test_a_second_role_is_given_from_the_page(cast: Cast) -> None:
    client = signed_in(cast.coordinator)
    url = reverse("directory:role_add", args=[cast.ours.public_id, cast.teammate.public_id])
    client.post(url, {"kind": "driver", "since": "2026-02-01"})
    assert Role.objects.filter(person=cast.teammate, kind="driver").exists()
    again = client.post(url, {"kind": "driver", "since": "2026-03-01"}, follow=True)
    assert "a déjà ce rôle" in again.content.decode()
    stranger = reverse("directory:role_add", args=[cast.ours.public_id, cast.outsider.public_id])
    assert client.post(stranger, {"kind": "driver", "since": "2026-02-01"}).status_code == 404


def test_past_roles_are_told_apart(cast: Cast) -> None:
    role = give_role(cast.teammate, cast.ours, "juror")
    actions.end_role(role_id=role.pk, on=date(2025, 3, 1), by=None)
    html = signed_in(cast.coordinator).get(reverse("directory:people", args=[cast.ours.public_id])).content.decode()
    assert "1 rôle terminé" in html
    assert "1er mars 2025" in html
    changes = {c.sentence.replace("\u00a0", " ") for c in queries.history_of(cast.ours)}
    assert "Le rôle de Thérèse Travaille prend fin le 1er mars 2025 : jury." in changes


# --- invitations -----------------------------------------------------------------------------
def test_inviting_sends_one_message_whose_link_opens(cast: Cast) -> None:
    client = signed_in(cast.coordinator)
    page = client.post(
        reverse("directory:invite", args=[cast.ours.public_id]),
        {"email": "Nouvelle@Exemple.test", "kind": "packer", "language": "fr"},
    )
    assert page.status_code == 302
    sent = Invitation.objects.get()
    event = InvitationSent(invitation_id=sent.pk, sending=1)
    send_invitation(event)
    send_invitation(event)
    assert [m.to for m in mail.outbox] == [["nouvelle@exemple.test"]]
    message = mail.outbox[0]
    assert cast.ours.name in message.subject
    assert cast.coordinator.name in str(message.body)
    link = next(word for word in str(message.body).split() if word.startswith("http"))
    assert Client().get(link.replace("http://localhost:8000", "")).status_code == 200


def test_a_role_with_dates_is_offered_then_held_between_them(cast: Cast) -> None:
    today = timezone.localdate()
    since, until = today + timedelta(days=3), today + timedelta(days=30)
    client, page = signed_in(cast.coordinator), reverse("directory:invite", args=[cast.ours.public_id])
    offer = {"email": "nouvelle@exemple.test", "kind": "packer", "language": "fr", "until": until.isoformat()}
    wrong = client.post(page, {**offer, "since": (until + timedelta(days=1)).isoformat()})
    assert "avant de commencer" in wrong.content.decode()
    client.post(page, {**offer, "since": since.isoformat()})
    sent = Invitation.objects.get()
    send_invitation(InvitationSent(invitation_id=sent.pk, sending=1))
    assert "prend fin le" in str(mail.outbox[0].body)
    person = PersonFactory(account__email="nouvelle@exemple.test")
    actions.accept_invitation(invitation_id=sent.pk, account=person.account, now=timezone.now(), by=None)
    role = Role.objects.get(person=person)
    assert (role.during.lower, role.during.upper) == (since, until)
    assert not queries.holds(user=person.account, organisation_id=cast.ours.pk, kinds=("packer",))


def test_a_role_that_is_over_is_not_taken(cast: Cast) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    sent = invitation(cast, until=today + timedelta(days=2))
    person = PersonFactory()
    with pytest.raises(actions.InvitationClosed, match="déjà terminé"):
        actions.accept_invitation(invitation_id=sent.pk, account=person.account, now=now + timedelta(days=3), by=None)
    assert not Role.objects.filter(person=person).exists()


def test_a_role_ends_on_the_day_that_is_chosen(cast: Cast) -> None:
    role, day = Role.objects.get(person=cast.teammate), timezone.localdate() + timedelta(days=9)
    url = reverse("directory:role_end", args=[cast.ours.public_id, role.public_id])
    client = signed_in(cast.coordinator)
    client.post(url, {"on": "demain"})
    role.refresh_from_db()
    assert role.during.upper is None
    client.post(url, {"on": day.isoformat()})
    role.refresh_from_db()
    assert role.during.upper == day


def test_the_message_speaks_the_language_asked_for(cast: Cast) -> None:
    sent = invitation(cast, language="en")
    send_invitation(InvitationSent(invitation_id=sent.pk, sending=1))
    assert "invites you" in mail.outbox[0].subject


def test_accepting_opens_an_account_that_holds_the_role(cast: Cast) -> None:
    sent = invitation(cast)
    client = Client()
    page = client.post(opens(sent), {"given_name": "Nadia", "family_name": "Neuve", "password": PASSWORD})
    assert page.status_code == 302
    account = Account.objects.get(email="nouvelle@exemple.test")
    assert account.emailaddress_set.get().verified
    assert account.person.name == "Nadia Neuve"
    assert queries.holds(user=account, organisation_id=cast.ours.pk, kinds=("packer",))
    assert client.get(reverse("directory:me")).status_code == 200


def test_an_invitation_serves_once(cast: Cast) -> None:
    sent = invitation(cast)
    Client().post(opens(sent), {"given_name": "Nadia", "family_name": "Neuve", "password": PASSWORD})
    page = Client().get(opens(sent))
    assert page.status_code == 410
    assert "déjà été acceptée" in page.content.decode()
    with pytest.raises(actions.InvitationClosed):
        actions.accept_invitation(
            invitation_id=sent.pk, account=cast.visitor.account, now=timezone.now(), by=cast.visitor.account
        )
    assert not cast.visitor.roles.exists()


def test_a_weak_password_is_refused_and_nothing_is_made(cast: Cast) -> None:
    sent = invitation(cast)
    page = Client().post(opens(sent), {"given_name": "Nadia", "family_name": "Neuve", "password": "12345"})
    assert page.status_code == 200
    assert not Account.objects.filter(email=sent.email).exists()


def test_the_account_signed_in_takes_the_role(cast: Cast) -> None:
    sent = invitation(cast)
    client = signed_in(cast.visitor)
    assert "c’est ce compte qui aura le rôle" in client.get(opens(sent)).content.decode().replace("&#x27;", "'")
    client.post(opens(sent))
    assert cast.visitor.roles.get().kind == "packer"


def test_a_known_address_is_asked_to_sign_in(cast: Cast) -> None:
    assert cast.visitor.account is not None
    sent = invitation(cast, email=cast.visitor.account.email)
    page = Client().get(opens(sent)).content.decode()
    assert reverse("account_login") in page
    Client().post(opens(sent), {"given_name": "X", "family_name": "Y", "password": PASSWORD})
    assert Account.objects.filter(email=cast.visitor.account.email).count() == 1
    assert not cast.visitor.roles.exists()


def test_someone_noted_without_account_becomes_the_account(cast: Cast) -> None:
    noted = PersonFactory(account=None, email="", given_name="Noé")
    give_role(noted, cast.ours, "driver")
    sent = invitation(cast, kind="driver", person_id=noted.pk)
    Client().post(opens(sent), {"given_name": "Noé", "family_name": "Noté", "password": PASSWORD})
    account = Account.objects.get(email=sent.email)
    assert account.person == noted
    assert Role.objects.filter(person=noted, kind="driver").count() == 1


def test_someone_noted_gives_their_roles_to_the_account_that_accepts(cast: Cast) -> None:
    noted = PersonFactory(account=None, email="")
    give_role(noted, cast.ours, "driver")
    sent = invitation(cast, kind="driver", person_id=noted.pk)
    assert cast.visitor.account is not None
    actions.accept_invitation(
        invitation_id=sent.pk, account=cast.visitor.account, now=timezone.now(), by=cast.visitor.account
    )
    assert [r.person for r in Role.objects.filter(kind="driver")] == [cast.visitor]


def test_sending_again_ends_the_link_before(cast: Cast) -> None:
    sent = invitation(cast)
    first = opens(sent)
    client = signed_in(cast.coordinator)
    client.post(reverse("directory:resend", args=[cast.ours.public_id, sent.public_id]))
    sent.refresh_from_db()
    assert Client().get(first).status_code == 404
    assert Client().get(opens(sent)).status_code == 200
    assert invitation(cast).pk == sent.pk


def test_a_withdrawn_or_expired_invitation_says_so(cast: Cast) -> None:
    sent, late = invitation(cast), invitation(cast, email="tard@exemple.test")
    client = signed_in(cast.coordinator)
    client.post(reverse("directory:withdraw", args=[cast.ours.public_id, sent.public_id]))
    assert "retirée" in Client().get(opens(sent)).content.decode()
    Invitation.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    page = Client().post(opens(late), {"given_name": "T", "family_name": "R", "password": PASSWORD})
    assert page.status_code == 410
    assert "expiré" in page.content.decode()
    assert not Account.objects.filter(email=late.email).exists()
    send_invitation(InvitationSent(invitation_id=sent.pk, sending=1))
    assert mail.outbox == []


@pytest.mark.parametrize("token", ["x", "0-1.abc", "00000000000000000000000000000000-1.sig"])
def test_a_forged_link_opens_nothing(token: str) -> None:
    assert read_token(token) is None
    assert Client().get(reverse("directory:invitation", args=[token])).status_code == 404


def test_another_organisation_cannot_touch_an_invitation(cast: Cast) -> None:
    sent = invitation(cast)
    client = signed_in(cast.outsider)
    for organisation in (cast.ours, cast.theirs):
        for name in ("resend", "withdraw"):
            url = reverse(f"directory:{name}", args=[organisation.public_id, sent.public_id])
            assert client.post(url).status_code == 404
    sent.refresh_from_db()
    assert (sent.sending, sent.withdrawn_at) == (1, None)


def test_the_team_page_takes_a_constant_number_of_queries(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for n in range(12):
        with_role(cast.ours, "packer")
        invitation(cast, email=f"invite{n}@exemple.test")
    client = signed_in(cast.coordinator)
    with django_assert_max_num_queries(9):
        page = client.get(reverse("directory:people", args=[cast.ours.public_id]))
    html = page.content.decode()
    assert html.count("invite1@") == 1
    assert html.count(">Terminer<") == 14
    assert cast.teammate.name in html
    assert cast.outsider.name not in html


@pytest.mark.parametrize(
    ("state", "said"), [("waiting", "envoi en cours"), ("failed", "non remise"), ("sent", "envoyée")]
)
def test_an_invitation_says_sent_once_its_letter_left(cast: Cast, settings: Any, state: str, said: str) -> None:
    settings.LETTERS_AT_ONCE = False
    made = invitation(cast)
    send_invitation(InvitationSent(made.pk, made.sending))
    sent_at = timezone.now() if state == "sent" else None
    Letter.objects.update(state=state, sent_at=sent_at, content={} if state == "sent" else {"body": "x"})
    page = signed_in(cast.coordinator).get(reverse("directory:people", args=[cast.ours.public_id])).content.decode()
    words = [w for w in ("envoi en cours", "non remise", "envoyée") if f"{w}</span>" in page or f"> {w}" in page]
    assert words == [said]
