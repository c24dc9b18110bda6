package io.headgate.examples.storm.trace;

import java.util.List;

/**
 * Calls in the order of their arrival.
 *
 * @param source for the report: where the rows came from
 * @param calls at least one
 */
public record Trace(String source, List<TraceCall> calls) {
  public Trace {
    calls = List.copyOf(calls);
    if (calls.isEmpty()) {
      throw new IllegalArgumentException(
          "a trace has at least one call, '" + source + "' has none");
    }
  }
}
