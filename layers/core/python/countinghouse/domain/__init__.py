"""What is true about money, whoever asks and wherever it is stored."""
