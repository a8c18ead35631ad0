from collections.abc import Iterator
from typing import Any

import pytest

from .fake_gateway import FakeGateway


@pytest.fixture
def cards(settings: Any) -> Iterator[type[FakeGateway]]:
    """Cards are set up, with a gateway that lives in memory."""
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    settings.STRIPE_WEBHOOK_SECRET = "whsec_test"
    settings.PAYMENTS_GATEWAY = "maillage.payments.tests.fake_gateway.FakeGateway"
    FakeGateway.reset()
    yield FakeGateway
    FakeGateway.reset()
