"""Every flow by its name."""

from tests.simulation.after_capture import AFTER_CAPTURE
from tests.simulation.pay_in import PAY_IN

FLOWS = PAY_IN | AFTER_CAPTURE
