package io.headgate.examples.redteam;

import java.util.List;

/** One way to misuse a Headgate. For one run each: it may keep what it has seen in fields. */
interface Attack {
  /** As it is called on the command line. */
  String name();

  /** What it tries, in one line. */
  String tries();

  /** Whether it can be tried there; some need a hook that only the host can give. */
  default boolean applies(Ground ground) {
    return true;
  }

  /**
   * Attacks until {@link Ground#over()}, on threads of its own, and returns when these have ended.
   */
  void run(Ground ground) throws InterruptedException;

  /**
   * What it got of what it was after, in words; empty if nothing. Asked once all its calls have
   * ended. What is wrong whoever attacks (errors, hangs, leaks, an honest client that suffers) is
   * looked for by the red team itself, and some are after nothing else.
   */
  default List<String> gotThrough(Ground ground) {
    return List.of();
  }
}
