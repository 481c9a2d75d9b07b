"""`countinghouse ledger`: the books counted again from S3 alone, without a table or a function."""

from tools.source_path import make_importable

make_importable()

from tools.ledger_verify.command import app  # noqa: E402 - the check is made of deployed code

__all__ = ["app"]
