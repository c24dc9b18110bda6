package io.headgate;

import java.util.function.UnaryOperator;

/** One LLM agent: who asks. Made by {@link Headgate#agent}; usable from any thread. */
public interface Agent {
  /** Its id. */
  String id();

  /** Its settings now. */
  AgentSettings settings();

  /**
   * Changes its settings while it runs. A lowered cap stops no running attempt; a changed rate
   * keeps the bucket's debt in tokens.
   *
   * @throws IllegalArgumentException if a value is out of bounds
   */
  void reconfigure(UnaryOperator<AgentSettings> change);

  /**
   * Removes it: its waiting tasks are cancelled, its running attempts end by themselves,
   * submissions are refused. An agent that is registered again under this id finds its bucket as it
   * was.
   */
  void remove();
}
