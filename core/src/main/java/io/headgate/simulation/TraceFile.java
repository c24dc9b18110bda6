package io.headgate.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.simulation.Arrivals.TracedCall;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a CSV file with the columns {@code TIMESTAMP, ContextTokens, GeneratedTokens}, in any order
 * and among others: the format of Azure's public traces of LLM inference.
 */
public final class TraceFile {
  /** As many calls as are read at most. */
  public static final int MAX_CALLS = 10_000_000;

  /** No model takes or makes more; a larger figure is a broken row, not a large prompt. */
  public static final int MAX_TOKENS = 10_000_000;

  private static final String TIMESTAMP = "TIMESTAMP";
  private static final String CONTEXT = "ContextTokens";
  private static final String GENERATED = "GeneratedTokens";
  private static final String HEADER = TIMESTAMP + "," + CONTEXT + "," + GENERATED;

  /** 2023-11-16 18:17:03.9799600, with 0 to 9 digits of fraction, and with or without an offset. */
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .optionalStart()
          .appendOffsetId()
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final Path file;
  private final int max;
  private final List<TracedCall> calls = new ArrayList<>();
  private long line;
  private int timestampAt;
  private int contextAt;
  private int generatedAt;
  private @Nullable LocalDateTime before;
  private long sinceFirstNs;

  private TraceFile(Path file, int max) {
    this.file = file;
    this.max = max;
  }

  /**
   * Reads a trace, at most {@link #MAX_CALLS} of it.
   *
   * @return the calls, the first of them at zero
   * @throws TraceFormatException if it is not in the format, naming the line
   * @throws UncheckedIOException if it cannot be read at all
   */
  public static List<TracedCall> read(Path file) {
    return read(file, MAX_CALLS);
  }

  /**
   * Reads the first so many calls of a trace; what is beyond is left unread.
   *
   * @param max at least 1
   * @return the calls, the first of them at zero
   * @throws TraceFormatException if it is not in the format, naming the line
   * @throws UncheckedIOException if it cannot be read at all
   */
  public static List<TracedCall> read(Path file, int max) {
    Checks.within("trace's max", max, 1, MAX_CALLS, "use as many calls as you need");
    return new TraceFile(file, max).read();
  }

  private List<TracedCall> read() {
    // Not Files.newBufferedReader: bytes that are no UTF-8 are to be named with their line as well.
    try (var reader =
        new BufferedReader(new InputStreamReader(Files.newInputStream(file), UTF_8))) {
      readHeader(reader.readLine());
      for (var text = reader.readLine(); text != null; text = reader.readLine()) {
        line++;
        if (!text.isBlank()) {
          readRow(text);
        }
        if (calls.size() == max) {
          break;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (calls.isEmpty()) {
      line++;
      throw found("", "at least one row of " + HEADER);
    }
    return calls;
  }

  private void readHeader(@Nullable String text) {
    line = 1;
    if (text == null) {
      throw found("", "the header " + HEADER);
    }
    var names = cells(text.startsWith("\uFEFF") ? text.substring(1) : text);
    timestampAt = column(names, TIMESTAMP, text);
    contextAt = column(names, CONTEXT, text);
    generatedAt = column(names, GENERATED, text);
  }

  private int column(List<String> names, String wanted, String text) {
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).equalsIgnoreCase(wanted)) {
        return i;
      }
    }
    throw found(text, "the header " + HEADER);
  }

  private void readRow(String text) {
    var cells = cells(text);
    if (cells.size() <= Math.max(timestampAt, Math.max(contextAt, generatedAt))) {
      throw found(text, "the columns of the header, " + HEADER);
    }
    var at = time(cells.get(timestampAt));
    sinceFirstNs += before == null ? 0 : gap(before, at, cells.get(timestampAt));
    before = at;
    calls.add(
        new TracedCall(
            Duration.ofNanos(sinceFirstNs),
            tokens(cells.get(contextAt), CONTEXT),
            tokens(cells.get(generatedAt), GENERATED)));
  }

  private long gap(LocalDateTime from, LocalDateTime to, String text) {
    if (to.isBefore(from)) {
      throw found(text, "a time not before the row above, " + TIME.format(from));
    }
    try {
      long gapNs = Duration.between(from, to).toNanos();
      if (gapNs <= Disturbance.LATEST.toNanos() - sinceFirstNs) {
        return gapNs;
      }
      throw found(text, "a time within 292 years of the row above, " + TIME.format(from));
    } catch (ArithmeticException e) {
      throw found(text, "a time within 292 years of the row above, " + TIME.format(from));
    }
  }

  private LocalDateTime time(String text) {
    try {
      return switch (TIME.parseBest(
          text.replace('T', ' '), OffsetDateTime::from, LocalDateTime::from)) {
        case OffsetDateTime withOffset ->
            withOffset.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
        case LocalDateTime local -> local;
        default -> throw new DateTimeException("neither of the two that were asked for");
      };
    } catch (DateTimeException e) {
      throw found(text, TIMESTAMP + " such as 2023-11-16 18:17:03.9799600");
    }
  }

  private int tokens(String text, String column) {
    try {
      int tokens = Integer.parseInt(text);
      if (tokens >= 0 && tokens <= MAX_TOKENS) {
        return tokens;
      }
    } catch (NumberFormatException e) {
      // Said below, together with what is out of bounds.
    }
    throw found(text, "%s as a whole number from 0 to %,d".formatted(column, MAX_TOKENS));
  }

  private TraceFormatException found(String found, String expected) {
    return new TraceFormatException(file, line, found, expected);
  }

  private static List<String> cells(String text) {
    return Arrays.stream(text.split(",", -1)).map(TraceFile::unquoted).toList();
  }

  private static String unquoted(String cell) {
    var bare = cell.strip();
    boolean quoted = bare.length() >= 2 && bare.startsWith("\"") && bare.endsWith("\"");
    return quoted ? bare.substring(1, bare.length() - 1) : bare;
  }
}
