"""Every flow by its name."""

from tests.simulation.after_capture import AFTER_CAPTURE
from tests.simulation.pay_in import PAY_IN
from tests.simulation.pay_out import PAY_OUT

FLOWS = PAY_IN | AFTER_CAPTURE | PAY_OUT
