package io.headgate.examples.storm;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;

/**
 * What can be set from outside, all as system properties.
 *
 * @param seed {@code storm.seed}: of the workload, the provider's luck and the built-in trace
 * @param trace {@code storm.trace}: a CSV file with the columns TIMESTAMP, ContextTokens,
 *     GeneratedTokens; without it the built-in generator is used
 * @param output {@code storm.output}: the directory of the reports
 * @param ladder {@code storm.ladder}: whether the Headgate arm may use the smaller model and static
 *     answers; true by default. Without, all arms have the one model
 * @param arms {@code storm.arms}: which hosts, by name and with commas between; all by default
 * @param journal {@code storm.journal}: whether the arms with Headgate write a journal each, beside
 *     the reports; true by default
 */
public record StormOptions(
    long seed,
    Optional<Path> trace,
    Path output,
    boolean ladder,
    List<StormArm> arms,
    boolean journal) {
  public StormOptions {
    arms = List.copyOf(arms);
  }

  private static final long DEFAULT_SEED = 4711;
  private static final String DEFAULT_OUTPUT = "examples/target/storm";

  /**
   * Reads and checks them.
   *
   * @throws BadOptionException naming the value, what is allowed and the mend
   */
  public static StormOptions of(Properties properties) {
    return new StormOptions(
        seed(properties.getProperty("storm.seed", "")),
        trace(properties.getProperty("storm.trace", "")),
        output(properties.getProperty("storm.output", DEFAULT_OUTPUT)),
        flag("storm.ladder", properties),
        arms(properties.getProperty("storm.arms", "")),
        flag("storm.journal", properties));
  }

  private static boolean flag(String option, Properties properties) {
    var text = properties.getProperty(option, "");
    return switch (text.strip()) {
      case "", "true" -> true;
      case "false" -> false;
      default ->
          throw new BadOptionException(
              "%s is '%s', but must be true or false; leave it away for true"
                  .formatted(option, text));
    };
  }

  /** Each once, in the order of their runs, however they were named. */
  private static List<StormArm> arms(String text) {
    if (text.isBlank()) {
      return List.of(StormArm.values());
    }
    var arms = EnumSet.noneOf(StormArm.class);
    for (var name : text.split(",", -1)) {
      arms.add(arm(name.strip(), text));
    }
    return List.copyOf(arms);
  }

  private static StormArm arm(String name, String text) {
    for (var arm : StormArm.values()) {
      if (arm.name().toLowerCase(Locale.ROOT).equals(name)) {
        return arm;
      }
    }
    throw new BadOptionException(
        "storm.arms is '%s', but must be some of naive, headgate and untuned, with commas between; leave it away for all"
            .formatted(text));
  }

  private static long seed(String text) {
    if (text.isBlank()) {
      return DEFAULT_SEED;
    }
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw new BadOptionException(
          "storm.seed is '%s', but must be a whole number from %d to %d; use for one -Dstorm.seed=%d"
              .formatted(text, Long.MIN_VALUE, Long.MAX_VALUE, DEFAULT_SEED));
    }
  }

  /** Blank counts as not set: build tools hand an unset property on as an empty one. */
  private static Optional<Path> trace(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    var path = path("storm.trace", text);
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw new BadOptionException(
          "storm.trace is '%s', but must be a CSV file that can be read, and there is none at %s; give its path, or leave the option away for the built-in trace"
              .formatted(text, path.toAbsolutePath()));
    }
    return Optional.of(path);
  }

  private static Path output(String text) {
    var path = path("storm.output", text.isBlank() ? DEFAULT_OUTPUT : text);
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new BadOptionException(
          "storm.output is '%s', but must be a directory, and that is a file; name another"
              .formatted(text));
    }
    return path;
  }

  private static Path path(String option, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new BadOptionException(
          "%s is not a path of this system: %s; give another".formatted(option, e.getReason()));
    }
  }
}
