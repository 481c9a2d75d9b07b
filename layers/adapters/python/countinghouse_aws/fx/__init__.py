"""Reference rates from where the stage keeps them."""
