"""What a payment costs: every journey played here, its AWS calls counted and priced."""
