"""Proofs: claims with the figures that a run counted, and the pages that show them."""
