package io.headgate.bench.ratios;

import java.util.Map;

/**
 * One figure of one benchmark in one setting; measured in a JVM of its own.
 *
 * @param benchmark its class, from {@code io.headgate.bench} on, and method
 * @param metric an auxiliary figure by name; {@link #SCORE}: JMH's own score; {@link #BYTES}: bytes
 *     an operation by JMH's GC profiler; {@link #P99} of what it samples
 * @param threads of the benchmark
 * @param params its parameters
 * @param collector of the JVM
 * @param oneCpu whether the JVM is pinned to one CPU
 * @param once whether a quick run measures it in one fork only, since it takes long or is one of
 *     many
 */
record Probe(
    String benchmark,
    String metric,
    int threads,
    Map<String, String> params,
    Collector collector,
    boolean oneCpu,
    boolean once) {
  static final String SCORE = "score";
  static final String P99 = "p99";
  static final String BYTES = "gc.alloc.rate.norm";

  /** Which collector the JVM uses: storing a young handle into an old slot costs each its own. */
  enum Collector {
    PARALLEL("-XX:+UseParallelGC"),
    G1("-XX:+UseG1GC"),
    ZGC("-XX:+UseZGC");

    final String flag;

    Collector(String flag) {
      this.flag = flag;
    }
  }

  static Probe of(String benchmark, String metric) {
    return new Probe(benchmark, metric, 1, Map.of(), Collector.PARALLEL, false, false);
  }

  Probe threads(int threads) {
    return new Probe(benchmark, metric, threads, params, collector, oneCpu, once);
  }

  Probe with(Map<String, String> params) {
    return new Probe(benchmark, metric, threads, params, collector, oneCpu, once);
  }

  Probe collector(Collector collector) {
    return new Probe(benchmark, metric, threads, params, collector, oneCpu, once);
  }

  Probe pinned() {
    return new Probe(benchmark, metric, threads, params, collector, true, once);
  }

  Probe seldom() {
    return new Probe(benchmark, metric, threads, params, collector, oneCpu, true);
  }

  /** What has to be run for it: several figures may come from one run. */
  Run run() {
    // What runs once tells time and bytes together.
    boolean gcProfiler = once || metric.equals(BYTES);
    return new Run(benchmark, threads, params, collector, oneCpu, gcProfiler, once);
  }

  /** A run of a benchmark. */
  record Run(
      String benchmark,
      int threads,
      Map<String, String> params,
      Collector collector,
      boolean oneCpu,
      boolean gcProfiler,
      boolean once) {
    @Override
    public String toString() {
      return benchmark
          + (params.isEmpty() ? "" : " " + params)
          + (threads == 1 ? "" : ", " + threads + " threads")
          + (collector == Collector.PARALLEL ? "" : ", " + collector)
          + (oneCpu ? ", one CPU" : "");
    }
  }
}
