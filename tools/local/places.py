"""Where the local environment keeps its things: all under `.local/`, builds under `.build/`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
LOGS = LOCAL / "logs"
ASSEMBLY = LOCAL / "cdk.out"
PIDS = LOCAL / "pids.json"
PORTS = LOCAL / "ports.json"
ENDPOINTS = LOCAL / "endpoints.json"
SECRETS = LOCAL / "secrets.json"
OUTPUTS = LOCAL / "outputs.json"
DEPLOYED = LOCAL / "deployed.txt"
SYNTHESIZED = LOCAL / "synthesized.txt"
SANDBOX_BOOK = LOCAL / "sandbox_psp.sqlite3"
EMULATOR_FILES = LOCAL / "emulator"

STAGE = "local"
REGION = "eu-west-1"
ACCOUNT = "000000000000"
# The emulator takes any credentials; these are nobody's.
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105
