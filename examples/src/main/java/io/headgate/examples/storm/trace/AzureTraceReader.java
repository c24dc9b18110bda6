package io.headgate.examples.storm.trace;

import io.headgate.simulation.Arrivals.TracedCall;
import io.headgate.simulation.TraceFile;
import io.headgate.simulation.TraceFormatException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a trace file of the simulator's format, as the gaps that a storm is made of. */
public final class AzureTraceReader {
  /** A storm uses some thousand calls; what a file has beyond this is left unread. */
  public static final int MAX_CALLS = 100_000;

  private AzureTraceReader() {}

  /**
   * Reads a whole trace.
   *
   * @throws TraceFormatException if it is not in the format, naming the line
   * @throws UncheckedIOException if it cannot be read at all
   */
  public static Trace read(Path file) {
    List<TraceCall> calls = new ArrayList<>();
    long beforeNs = 0;
    for (TracedCall call : TraceFile.read(file, MAX_CALLS)) {
      long atNs = call.at().toNanos();
      calls.add(
          new TraceCall(atNs - beforeNs, (int) call.inputTokens(), (int) call.outputTokens()));
      beforeNs = atNs;
    }
    return new Trace("%s (%,d calls)".formatted(file.getFileName(), calls.size()), calls);
  }
}
