package io.headgate.admission;

import io.headgate.Refusal;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What the gates of an agent and of a target have in common: a word that shuts them, published by
 * the engine or the registrar and read by submitters, and the count of what they refused.
 */
public abstract class Gate {
  /** As the time until which it is shut: until somebody opens it. */
  public static final long UNTIL_OPENED = 0;

  private static final VarHandle REFUSALS;
  private static final VarHandle SHUT;

  static {
    try {
      var lookup = MethodHandles.lookup();
      REFUSALS = lookup.findVarHandle(Gate.class, "refusals", RefusalCounts.class);
      SHUT = lookup.findVarHandle(Gate.class, "shut", Refusal.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String id;
  private final int index;
  final Registrar registrar;
  private volatile @Nullable Refusal shut;
  private volatile long shutUntilNs;
  private volatile @Nullable RefusalCounts refusals;

  // By whoever writes the engine's inputs down, on the engine's thread.
  private int recordNumber;

  Gate(String id, int index, Registrar registrar) {
    this.id = id;
    this.index = index;
    this.registrar = registrar;
  }

  /** Its id. */
  public final String id() {
    return id;
  }

  /** Its place in the engine's tables. */
  public final int index() {
    return index;
  }

  /** Its number in the journal; 0 before it was given one. On the engine's thread. */
  public final int recordNumber() {
    return recordNumber;
  }

  /** Gives it a number, or takes it away. On the engine's thread. */
  public final void recordNumber(int number) {
    this.recordNumber = number;
  }

  /** Whether it belongs to the Headgate with this registrar. */
  public final boolean belongsTo(Registrar registrar) {
    return this.registrar == registrar;
  }

  /**
   * Refuses with this reason until it is opened.
   *
   * @param untilNs when it is likely to be opened, or {@link #UNTIL_OPENED} if that is not known
   */
  public final void shut(Refusal reason, long untilNs) {
    shutUntilNs = untilNs;
    shut = reason;
  }

  /** Lets submissions pass again. */
  public final void open() {
    shut = null;
  }

  /**
   * Refuses with this reason unless it is shut for another.
   *
   * @return whether it was open before
   */
  public final boolean shutIfOpen(Refusal reason, long untilNs) {
    if (shut != null && shut != reason) {
      return false;
    }
    shutUntilNs = untilNs;
    return SHUT.compareAndSet(this, null, reason);
  }

  /**
   * Lets submissions pass again if it is shut for this reason.
   *
   * @return whether it was
   */
  public final boolean openIf(Refusal reason) {
    return SHUT.compareAndSet(this, reason, null);
  }

  /** Why it is shut, or null. */
  public final @Nullable Refusal shutReason() {
    return shut;
  }

  final long shutUntilNs() {
    return shutUntilNs;
  }

  final void countRefusal(Refusal reason) {
    refusals().increment(reason);
  }

  final void forgetRefusal(Refusal reason) {
    refusals().decrement(reason);
  }

  /** What was refused here. The cells are made at the first refusal. */
  public final RefusalCounts refusals() {
    RefusalCounts counts = refusals;
    if (counts == null) {
      REFUSALS.compareAndSet(this, null, RefusalCounts.ofOne());
      counts = refusals;
      assert counts != null;
    }
    return counts;
  }

  /** What was refused here, or null if nothing was. */
  public final @Nullable RefusalCounts refusalsOrNull() {
    return refusals;
  }

  @Override
  public final String toString() {
    return id;
  }
}
