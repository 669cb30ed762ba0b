"""TensorBoard's page as somebody sees it who has just converted a log."""
