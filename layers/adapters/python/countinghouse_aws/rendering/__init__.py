"""Documents for people. What prints PDFs comes with a layer of its own; pages need nothing."""
