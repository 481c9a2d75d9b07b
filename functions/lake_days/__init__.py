"""Firehose: tells each record's day, by which it is filed. Touches nothing."""
