"""Rows whose counters move at each order keep room on their page: an update then touches no index."""

from django.db import migrations

FORWARD = """
ALTER TABLE market_offer SET (fillfactor = 85);
ALTER TABLE market_slot SET (fillfactor = 50);
ALTER TABLE market_slotcapacity SET (fillfactor = 50);
ALTER TABLE market_cycle SET (fillfactor = 50);
"""
BACK = """
ALTER TABLE market_offer RESET (fillfactor);
ALTER TABLE market_slot RESET (fillfactor);
ALTER TABLE market_slotcapacity RESET (fillfactor);
ALTER TABLE market_cycle RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("market", "0007_lighter_orders")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
