"""Screening: the list that is deployed with the code, or the one the stage names."""
