"""Three stacks: what must outlive a deploy (data), queries over it (lake), what runs (service)."""
