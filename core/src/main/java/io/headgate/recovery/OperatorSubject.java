package io.headgate.recovery;

import org.jspecify.annotations.Nullable;

/** What an operator's word is about, as {@link io.headgate.OperatorWord#subject} names it. */
public final class OperatorSubject {
  /** It is about all. */
  public static final String ALL = "all";

  private OperatorSubject() {}

  /** About an agent. */
  public static String ofAgent(String id) {
    return "agent " + id;
  }

  /** About a target. */
  public static String ofTarget(String id) {
    return "target " + id;
  }

  /** About a target's breaker, or one that cuts off one agent alone. */
  public static String ofBreaker(String target, @Nullable String agent) {
    return "breaker " + target + (agent == null ? "" : " of " + agent);
  }
}
