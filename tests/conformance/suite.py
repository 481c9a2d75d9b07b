"""All groups of scenarios, in the order of the table: to import them is to add theirs."""

from tests.conformance import cards, lifecycle, money_back, notices, payouts, trouble

GROUPS = (cards, lifecycle, trouble, money_back, notices, payouts)
