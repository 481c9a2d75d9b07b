"""Building blocks that hold each default once: function, consumed queue, HTTP API, clock, alarm."""
