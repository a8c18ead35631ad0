"""Abstract bases of the models of every context."""

import uuid
from typing import Any

from django.db import models


class PublicModel(models.Model):
    """A row with a bigint key inside and a UUID outside (`public_id`, the only identifier that a URL shows)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Money(models.DecimalField[Any, Any]):
    """Dollars, 2 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **kwargs})


class UnitPrice(models.DecimalField[Any, Any]):
    """Dollars per unit, 4 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 4, **kwargs})


class Quantity(models.DecimalField[Any, Any]):
    """A quantity in the unit that stands beside it, 3 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 3, **kwargs})


class Rate(models.DecimalField[Any, Any]):
    """A fraction of one, 5 decimals: 0.22 is 22 %, 0.09975 is 9,975 %."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 7, "decimal_places": 5, **kwargs})
