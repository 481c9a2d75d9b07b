"""What a reconciliation's steps hand on to each other, and its reports: under one prefix."""

from __future__ import annotations

from countinghouse.domain.reconciliation import Run
from countinghouse.records import dataclass
from countinghouse_aws.storage.documents import S3DocumentStore
from countinghouse_aws.storage.keys import key_part, own_name

FOLDER = "reconciliations"


def papers_prefix(run: Run) -> str:
    """Where the papers of a run's execution stand: `reconciliations/<psp>/<day>/<execution>/`."""
    return "/".join((FOLDER, *map(key_part, (run.psp, run.day, run.execution)), ""))


def shared_prefix(psp: str) -> str:
    """Where the papers stand that a PSP's runs have in common: `reconciliations/<psp>/`."""
    return f"{FOLDER}/{key_part(psp)}/"


@dataclass(frozen=True, slots=True)
class S3RunPapers:
    """The papers under one prefix, which ends with `/`; one written again is a new version."""

    documents: S3DocumentStore
    prefix: str

    def write(self, name: str, content: bytes, media_type: str) -> str:
        """Keep a paper; its key. Raises Unavailable, and Invalid for no name of ours."""
        key = self._key(name)
        self.documents.write(key, content, media_type)
        return key

    def read(self, name: str) -> bytes | None:
        """A paper, or None. Raises Unavailable, and Invalid for no name of ours."""
        return self.documents.read(self._key(name))

    def _key(self, name: str) -> str:
        return f"{self.prefix}{own_name(name)}"
