package io.headgate.simulation;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** The value of every {@link Option} for one run. Immutable. */
final class Options {
  private static final Option[] ALL = Option.values();
  private static final Map<String, Option> BY_KEY = new HashMap<>();

  static {
    for (Option option : ALL) {
      BY_KEY.put(option.key(), option);
    }
  }

  private final int[] values;

  private Options(int[] values) {
    this.values = values;
  }

  /** All at rest. */
  static Options atRest() {
    return new Options(Arrays.stream(ALL).mapToInt(option -> option.rest).toArray());
  }

  /** What this seed draws. */
  static Options of(long seed) {
    // Of the seed by itself, so that the draw is the same with fewer or more options after it.
    var random = new SplittableRandom(seed ^ 0x51_7C_C1_B7_27_22_0A_95L);
    var options = new Options(Arrays.stream(ALL).mapToInt(option -> option.draw(random)).toArray());
    for (Family family : Family.values()) {
      options = family.isIn(seed) ? options : options.without(family);
    }
    return shutsDown(seed) ? options : options.with(Option.SHUTDOWN, Option.SHUTDOWN.rest);
  }

  /** Options that refuse, hold or move so much that what they do not touch is seldom seen. */
  private enum Family {
    HUMANS(Option.PARK, Option.WORDS),
    LADDER(Option.RUNGS, Option.FIRM),
    SPENDING(Option.AGENT_LIMIT, Option.ALL_MONEY_LIMIT),
    HEDGES(Option.HEDGE, Option.IDEMPOTENT),
    PACING(Option.PACE, Option.BUCKET),
    LIMIT_CHANGES(Option.LIMIT_CHANGES, Option.LIMIT_CHANGES),
    JOB_RATES(Option.JOB_RATE, Option.JOB_MONEY_RATE);

    private final Option first;
    private final Option last;

    Family(Option first, Option last) {
      this.first = first;
      this.last = last;
    }

    // In every other seed, drawn apart, so that all else of a seed is as it would be without.
    boolean isIn(long seed) {
      return new SplittableRandom(seed ^ (ordinal() + 1) * 0x6A_09_E6_67_F3_BC_C9_09L)
          .nextBoolean();
    }
  }

  private Options without(Family family) {
    int[] changed = values.clone();
    for (int i = family.first.ordinal(); i <= family.last.ordinal(); i++) {
      changed[i] = ALL[i].rest;
    }
    return new Options(changed);
  }

  // What is shut down is not seen in calm weather. Three in five seeds draw it, and a quarter is to
  // have it; drawn apart, so that all else of a seed is as it would be without.
  private static boolean shutsDown(long seed) {
    return new SplittableRandom(seed ^ 0x2F_8B_15_C6_D0_4E_93_7DL).nextInt(12) < 5;
  }

  int get(Option option) {
    return values[option.ordinal()];
  }

  boolean isOn(Option option) {
    return get(option) > 0;
  }

  Options with(Option option, int value) {
    if (value < option.min || value > option.max) {
      throw new IllegalArgumentException(
          option.key()
              + " is "
              + value
              + ", but must be from "
              + option.min
              + " to "
              + option.max
              + "; use a value in that range");
    }
    int[] changed = values.clone();
    changed[option.ordinal()] = value;
    return new Options(changed);
  }

  /** Reads {@code key=value,key=value}; what is not named is at rest. */
  static Options parse(String text) {
    Options options = atRest();
    for (String each : text.isBlank() ? new String[0] : text.split(",", -1)) {
      int at = each.indexOf('=');
      Option option = BY_KEY.get(at < 0 ? each : each.substring(0, at));
      if (option == null) {
        throw new IllegalArgumentException(
            "option '" + each + "' is unknown; use the line that the failing seed printed");
      }
      options = options.with(option, number(option, each.substring(at + 1)));
    }
    return options;
  }

  private static int number(Option option, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          option.key() + " is '" + text + "', but must be a whole number; write key=number", e);
    }
  }

  /** All that are not at rest. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Option option : ALL) {
      if (get(option) != option.rest) {
        text.append(text.isEmpty() ? "" : ",").append(option.key()).append('=').append(get(option));
      }
    }
    return text.toString();
  }
}
