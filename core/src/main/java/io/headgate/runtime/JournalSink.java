package io.headgate.runtime;

import io.headgate.OperatorWord;
import io.headgate.Recovery;
import io.headgate.Refusal;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.engine.EngineRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Where a Headgate's dispatcher writes down what happens. Called on its thread, but for {@link
 * #durable} and {@link #isBehind}; never blocks, whatever the disk does, and throws nothing.
 */
public interface JournalSink extends EngineRecorder {
  /** Whether an attempt starts when its start is written down, and not before. */
  boolean isWriteAhead();

  /** What stood there when it was opened, of Headgates before. */
  Past past();

  /** A task of the past ended, without another one in its place. */
  void recovered(long stampNs, Past.PastTask task, Recovery.Fate fate);

  /** Nothing of the past is left to recover. */
  void recoveryEnded(long stampNs);

  /** How often it is told how much was refused, in nanoseconds. */
  long refusalsEveryNs();

  /** Whether it is told of each refusal too. */
  boolean wantsEachRefusal();

  /** Whether there is room for what may as well be lost. */
  boolean hasRoom();

  /**
   * So much was refused since that time; it is no input of the engine, and changes nothing.
   *
   * @param agent of whom alone; null of all
   * @param target at which alone; null at all
   * @param byReason by the reasons' ordinals; the array is used again
   * @param lost how many of these nobody was told of by itself, though that was wanted
   */
  void refused(
      long sinceNs,
      long nowNs,
      @Nullable AgentGate agent,
      @Nullable TargetGate target,
      long[] byReason,
      long lost);

  /** A task was refused. Only if that is wanted. */
  void refused(
      long stampNs,
      String job,
      AgentGate agent,
      TargetGate target,
      Refusal reason,
      long retryAfterNs);

  /** What an operator said, who and why. What came of it is an input of its own, beside it. */
  void said(long stampNs, OperatorWord word);

  /** How many records there were so far. */
  long written();

  /**
   * How many of them are where the journal's durability wants them: what survives then is its to
   * say. Any thread.
   */
  long durable();

  /** Somebody waits until that record is durable; what nobody waits for may be so later. */
  default void want(long record) {}

  /**
   * Whether that record is none that survives anything, since the journal could not be written and
   * its user wanted to go on. Any thread.
   */
  default boolean hasLost(long record) {
    return false;
  }

  /** A turn of the dispatcher is over. What was written may be made to go on its way. */
  void turn(long nowNs, long digest);

  /** The dispatcher has ended. What was written is on its way to the disk, in bounded time. */
  void close(long nowNs, long digest);

  /**
   * Whether so much is written and not yet on its way that nothing more is to be let in. Any
   * thread; one volatile read.
   */
  boolean isBehind();
}
