package io.headgate;

import java.util.Locale;

/**
 * Makes one text of arguments that mean the same, so that near-equal calls count as the same call:
 * sorts keys, drops request ids, rounds numbers, whatever a tool does not look at. Given with
 * {@link LoopPolicy#normaliser}; asked by {@link Task#arguments(String)}, on that caller's thread,
 * before anything is taken: what it throws goes to the caller.
 *
 * <p>Must be usable from any thread, and answer the same for the same text.
 */
@FunctionalInterface
public interface ArgumentsNormaliser {
  /** Leaves them as they are; allocates nothing. */
  ArgumentsNormaliser NONE = arguments -> arguments;

  /** Takes capitals for small letters, and any white space for one blank, or none at the ends. */
  ArgumentsNormaliser CASE_AND_SPACE =
      arguments -> arguments.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");

  /** What stands for these arguments and all that mean the same. */
  String normalise(String arguments);
}
