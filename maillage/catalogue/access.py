"""Who may write in catalogue: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.core.actions import House
from maillage.directory.access import given, own, works

from .models import Application, Product, SheetImport, SupplyAgreement
from .queries.products import WRITERS
from .queries.selection import APPLICANTS, DECIDERS, REVIEWERS

house = House()
producer = works(WRITERS, "producer_id")
sheet = works(WRITERS, "import_id", SheetImport, "producer_id")
product = works(WRITERS, "product_id", Product, "producer_id")
a_product = given(producer, product)
market = works(DECIDERS)
applicant = works(APPLICANTS, "producer_id")
application = works(APPLICANTS, "application_id", Application, "producer_id")
review = given(works(REVIEWERS, "application_id", Application), own("reviewer"))
decision = works(DECIDERS, "application_id", Application)
agreement = works(DECIDERS, "agreement_id", SupplyAgreement)
