"""`make drills`: what the runbook says is done, and docs/drills.md."""
