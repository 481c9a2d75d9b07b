"""One stack for what must outlive a deploy (data), one for what a deploy replaces (service)."""
