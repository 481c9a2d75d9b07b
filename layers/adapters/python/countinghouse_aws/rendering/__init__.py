"""Documents for people. What is imported here comes with a layer of its own."""
