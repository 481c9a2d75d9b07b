"""`.local/endpoints.json`: where everything listens, for the tools and for the tests."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tools.local.failure import LocalFailure
from tools.local.places import ACCESS_KEY_ID, ENDPOINTS, OUTPUTS, REGION, SECRET_ACCESS_KEY


@dataclass(frozen=True)
class Endpoints:
    """What a client of the local system needs to know."""

    api_url: str
    sandbox_psp_url: str
    aws_endpoint_url: str
    aws_region: str = REGION
    aws_access_key_id: str = ACCESS_KEY_ID
    aws_secret_access_key: str = SECRET_ACCESS_KEY
    function_names: Mapping[str, str] = field(default_factory=dict)
    queue_urls: Mapping[str, str] = field(default_factory=dict)
    table_names: Mapping[str, str] = field(default_factory=dict)
    state_machine_arns: Mapping[str, str] = field(default_factory=dict)
    event_bus_name: str = ""
    psp_secret_arns: Mapping[str, str] = field(default_factory=dict)
    documents_bucket: str = ""
    lake_bucket: str = ""
    glue_database: str = ""
    athena_workgroup: str = ""
    redrive_alone: bool = False

    @property
    def health_url(self) -> str:
        """The route that answers when the API is there."""
        return f"{self.api_url}/v1/health"

    def webhook_url(self, psp: str) -> str:
        """Where a PSP sends its webhooks."""
        return f"{self.api_url}/v1/webhooks/{psp}"

    def psp_url(self, psp: str) -> str:
        """Where one of the sandbox's PSPs listens, its control calls included."""
        own = "" if psp == "sandbox" else f"/{psp}"
        return f"{self.sandbox_psp_url}{own}"


def from_outputs(aws_endpoint_url: str, sandbox_psp_url: str) -> Endpoints:
    """Read the deployed stacks' outputs.

    The API is addressed by path, because the host name the template states
    (`<id>.execute-api.localhost`) does not resolve on every machine.
    """
    outputs = _outputs()
    return Endpoints(
        api_url=f"{aws_endpoint_url}/_aws/execute-api/{outputs['ApiId']}",
        sandbox_psp_url=sandbox_psp_url,
        aws_endpoint_url=aws_endpoint_url,
        function_names=json.loads(outputs["FunctionNames"]),
        queue_urls=json.loads(outputs["QueueUrls"]),
        table_names=json.loads(outputs["TableNames"]),
        state_machine_arns=json.loads(outputs["StateMachineArns"]),
        event_bus_name=outputs["EventBusName"],
        psp_secret_arns=json.loads(outputs["PspSecretArns"]),
        documents_bucket=outputs["DocumentsBucket"],
        lake_bucket=outputs["LakeBucket"],
        glue_database=outputs["GlueDatabase"],
        athena_workgroup=outputs["AthenaWorkgroup"],
        redrive_alone=outputs["RedriveAlone"] == "yes",
    )


def write(endpoints: Endpoints) -> None:
    """Publish them for everyone."""
    ENDPOINTS.write_text(json.dumps(asdict(endpoints), indent=2) + "\n", encoding="utf-8")


def read() -> Endpoints:
    """The running system's endpoints. LocalFailure when `up` has not written any."""
    if not ENDPOINTS.exists():
        raise LocalFailure("nothing is running here: start it with make up")
    return Endpoints(**json.loads(ENDPOINTS.read_text(encoding="utf-8")))


def _outputs() -> dict[str, Any]:
    """All stacks' outputs in one; their names differ by design."""
    stacks: dict[str, dict[str, Any]] = json.loads(OUTPUTS.read_text(encoding="utf-8"))
    merged = {key: value for outputs in stacks.values() for key, value in outputs.items()}
    wanted = {
        "ApiId",
        "FunctionNames",
        "QueueUrls",
        "TableNames",
        "StateMachineArns",
        "EventBusName",
        "PspSecretArns",
        "DocumentsBucket",
        "LakeBucket",
        "GlueDatabase",
        "AthenaWorkgroup",
        "RedriveAlone",
    }
    if missing := wanted - merged.keys():
        raise LocalFailure(f"the deployed stacks lack the outputs {', '.join(sorted(missing))}")
    return merged
