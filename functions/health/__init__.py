"""HTTP, public: says the version and the stage, and touches nothing."""
