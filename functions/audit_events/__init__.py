"""EventBridge `audit.raised`: records what the relay saw damaged. Writes `account_balance`."""
