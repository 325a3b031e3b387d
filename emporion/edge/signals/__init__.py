"""What programs say of themselves: traces, metrics and logs by OTLP/HTTP, and signs of life. Without Django."""
