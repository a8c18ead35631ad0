"""A treasurer who has just come: a passkey, its recovery codes, signing in with it, and again before money moves."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from maillage.directory.actions import edit_organisation
from maillage.directory.models import Account, SignIn
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.market.models import Cycle, CycleSettlement, ProducerStatement
from maillage.market.tests.factories import CycleFactory

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "une phrase assez longue"


def authenticator(page: Page) -> Any:
    """A device that unlocks passkeys, as Chromium can pretend to be one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def add_key(page: Page) -> None:
    """Press the button once its script is there; recovery codes come next."""
    page.wait_for_load_state("networkidle")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")


@transaction.atomic
def owed() -> ProducerStatement:
    """A statement to pay of a settled cycle."""
    cycle = CycleFactory(market__name="Marché des Quatre-Chemins")
    Cycle.objects.filter(pk=cycle.pk).update(state="settled")
    CycleSettlement.objects.create(
        cycle=cycle,
        orders=0,
        charged=20,
        producers=16,
        margin=4,
        tps=0,
        tvq=0,
        deposits=0,
        delivery=0,
        at=timezone.now(),
    )
    statement: ProducerStatement = ProducerStatement.objects.create(
        cycle=cycle, producer=OrganisationFactory(name="Ferme du Pic", email="pic@exemple.test"), sold=20, adjusted=0,
        margin=4, net=16, tps=0, tvq=0, deposits=0, settled_at=timezone.now(),
    )  # fmt: skip
    return statement


def newcomer(statement: ProducerStatement) -> Account:
    person = with_role(statement.cycle.market.organisation, "treasurer", account__second_factor_due=None)
    account: Account = person.account
    account.set_password(PASSWORD)
    account.save()
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account


@pytest.mark.parametrize("width", [390, 1280])
def test_a_passkey_from_the_first_sign_in_to_the_payment(
    page: Any, live_server: Any, assert_accessible: Any, width: int
) -> None:
    statement = owed()
    account, screen = newcomer(statement), page(width)
    authenticator(screen)
    screen.goto(f"{live_server.url}{reverse('account_login')}")
    screen.get_by_label("Courriel").fill(account.email)
    screen.get_by_label("Mot de passe").fill(PASSWORD)
    screen.get_by_role("button", name="Se connecter").click()

    expect(screen.get_by_role("heading", level=1)).to_have_text("Un second facteur pour votre compte")
    expect(screen.get_by_role("button", name="Plus tard")).to_be_visible()
    assert_accessible(screen)
    screen.get_by_role("link", name="Ajouter une clé d’accès").click()
    assert_accessible(screen)
    screen.get_by_role("checkbox").check()  # it will do instead of the password
    add_key(screen)
    assert_accessible(screen)
    assert account.authenticator_set.filter(type="webauthn").count() == 1  # type: ignore[attr-defined]
    assert account.authenticator_set.filter(type="recovery_codes").count() == 1  # type: ignore[attr-defined]

    screen.goto(f"{live_server.url}{reverse('directory:sessions')}")
    expect(screen.get_by_text("Celle-ci")).to_be_visible()
    assert_accessible(screen)
    screen.context.clear_cookies()
    screen.goto(f"{live_server.url}{reverse('account_login')}")
    screen.get_by_role("button", name="Utiliser une clé d’accès").click()
    screen.wait_for_url(f"{live_server.url}/")
    assert SignIn.objects.filter(account=account).count() == 2

    where = [statement.cycle.market.slug, statement.cycle.number]
    screen.goto(f"{live_server.url}{reverse('market:settlement', args=where)}")
    assert_accessible(screen)


def test_money_asks_for_the_passkey_again_and_nothing_typed_is_lost(
    page: Any, live_server: Any, sign_in: Any, assert_accessible: Any
) -> None:
    statement = owed()
    account, screen = newcomer(statement), page(1280)
    authenticator(screen)
    sign_in(screen, account, proved=False)  # a session of long ago: nothing was proved in it
    where = reverse("market:settlement", args=[statement.cycle.market.slug, statement.cycle.number])
    screen.goto(f"{live_server.url}{reverse('directory:second_factor')}")
    screen.get_by_role("button", name="Plus tard").click()
    edit_organisation(organisation_id=statement.producer_id, values={"email": "new@exemple.test"}, by=None)
    screen.goto(f"{live_server.url}{where}")
    screen.get_by_label("Comment vous avez vérifié").fill("Parlé à Paule au 450 555-0100")
    screen.get_by_role("button", name="J’ai vérifié").click()
    expect(screen.get_by_text("De l’argent part d’ici")).to_be_visible()  # the grace is not for money
    screen.get_by_role("link", name="Ajouter une clé d’accès").click()
    screen.get_by_label("Mot de passe").fill(PASSWORD)  # allauth: before a key is added
    screen.get_by_role("button", name="Confirmer").click()
    add_key(screen)
    long_ago = timezone.now() - timedelta(days=2)
    account.authenticator_set.update(created_at=long_ago)  # type: ignore[attr-defined]

    screen.goto(f"{live_server.url}{where}")  # what was typed before the set-up waits
    expect(screen.get_by_role("heading", level=1)).to_have_text("Ce que vous aviez écrit")
    assert_accessible(screen)
    screen.get_by_role("button", name="Envoyer de nouveau").click()
    screen.wait_for_url("**/reauthenticate/**")
    screen.get_by_role("button", name="Utilise").click()
    expect(screen.get_by_text("Parlé à Paule au 450 555-0100")).to_be_visible()
