"""A real Kafka and a real Redis as child processes, for one machine: `leadstream run`, the tests and the benchmarks."""
