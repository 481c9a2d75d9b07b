"""Where the system breaks first, and what to raise: a seeded model of one busy day on AWS."""
