package io.headgate;

/**
 * Who tells a Headgate to do something, and why. Both are kept in {@link Operator#history}, told to
 * the listener and recorded by JFR: no secrets, and nothing of a prompt.
 *
 * @param who 1 to 128 characters
 * @param why 1 to 1,000 characters
 */
public record By(String who, String why) {
  private static final int MAX_WHO = 128;
  private static final int MAX_WHY = 1_000;

  /** Checks both lengths. */
  public By {
    check("who", who, MAX_WHO, "give a name or an account");
    check("why", why, MAX_WHY, "give a reason that a colleague understands");
  }

  private static void check(String what, String text, int max, String mend) {
    Bounds.notNull("by's " + what, text, mend);
    if (text.isBlank() || text.length() > max) {
      throw new IllegalArgumentException(
          "by's "
              + what
              + " has "
              + text.length()
              + " characters, but must have 1 to "
              + max
              + ", not all blank; "
              + mend);
    }
  }
}
