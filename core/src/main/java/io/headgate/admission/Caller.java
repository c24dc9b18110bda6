package io.headgate.admission;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * An attempt as the parent of what it submits: how deep it is, and how many children it has had.
 * Written by the submitters among its own threads, with one CAS for each child.
 */
public abstract class Caller {
  private static final VarHandle CHILDREN;

  static {
    try {
      CHILDREN = MethodHandles.lookup().findVarHandle(Caller.class, "children", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int depth;

  @SuppressWarnings("unused") // by VarHandle
  private volatile int children;

  /** One that has submitted nothing; its task is so deep. */
  protected Caller(int depth) {
    this.depth = depth;
  }

  /** How deep its children are: 1 for those of a call that no call has submitted. */
  public final int childDepth() {
    return depth + 1;
  }

  /** Of which breakers it is a probe, or part of one, while it runs; null if of none. */
  public abstract @Nullable Trial trial();

  /** Tasks that it has submitted. */
  public final int children() {
    return children;
  }

  final boolean tryTakeChild(int max) {
    while (true) {
      int now = children;
      if (now >= max) {
        return false;
      }
      if (CHILDREN.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  final void giveBackChild() {
    CHILDREN.getAndAdd(this, -1);
  }
}
