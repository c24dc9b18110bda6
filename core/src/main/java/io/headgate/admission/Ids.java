package io.headgate.admission;

/** Checks ids where they enter. */
public final class Ids {
  private static final int MAX_LENGTH = 128;
  private static final String EXTRA = "-_.:/@#+";

  private Ids() {}

  /**
   * Answers the id if it is well-formed.
   *
   * @throws IllegalArgumentException that names what is wrong, without echoing control characters
   */
  public static String check(String what, String id) {
    if (id == null) {
      throw new NullPointerException(what + " id is null; give it 1 to 128 characters");
    }
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          what
              + " id has "
              + id.length()
              + " characters, but must have from 1 to "
              + MAX_LENGTH
              + "; use a short name or a hash");
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (!Character.isLetterOrDigit(c) && EXTRA.indexOf(c) < 0) {
        throw new IllegalArgumentException(
            "%s id has the character U+%04X at index %d, but may have only letters, digits and %s; replace it"
                .formatted(what, (int) c, i, EXTRA));
      }
    }
    return id;
  }
}
