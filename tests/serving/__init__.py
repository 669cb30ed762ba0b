"""What is served of event files, beside what the two readers really serve."""
