package io.headgate.simulation;

import java.nio.file.Path;

/**
 * A trace that cannot be read as one: says which file, which line, what stood there, what should.
 */
public final class TraceFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_SHOWN = 80;

  TraceFormatException(Path file, long line, String found, String expected) {
    super("%s, line %d: found %s, expected %s".formatted(file, line, shown(found), expected));
  }

  /** A binary file must not reach the terminal as it is, nor a line of a gigabyte. */
  private static String shown(String found) {
    if (found.isEmpty()) {
      return "nothing";
    }
    var cut = found.length() > MAX_SHOWN ? found.substring(0, MAX_SHOWN) + "..." : found;
    return "'" + cut.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
