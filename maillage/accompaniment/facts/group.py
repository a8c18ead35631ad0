"""Where most figures of accompaniment are found in a list of facts."""

from django.utils.translation import gettext_lazy as _

GROUP = _("Accompagnement")
