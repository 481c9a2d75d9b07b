"""Every flow by its name; random markets, `M7` and so on, are found by theirs and not listed."""

from tests.simulation.after_capture import AFTER_CAPTURE
from tests.simulation.exchanged import EXCHANGED
from tests.simulation.large_seller import LARGE_SELLER
from tests.simulation.market_days import WHOLE
from tests.simulation.pay_in import PAY_IN
from tests.simulation.pay_out import PAY_OUT
from tests.simulation.random_market import Flows
from tests.simulation.strays import STRAYS

FLOWS = Flows(PAY_IN | AFTER_CAPTURE | PAY_OUT | LARGE_SELLER | STRAYS | EXCHANGED | WHOLE)
