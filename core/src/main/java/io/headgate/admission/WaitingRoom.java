package io.headgate.admission;

/**
 * Counts places: admitted, not yet started. Any thread; lock-free. Takes are tested first, then one
 * {@code getAndAdd}; a lost race gives back, so a racer that would have fitted may be refused, but
 * never is one too many let in.
 */
public final class WaitingRoom {
  private static final long CLOSED = 1L << 62;

  private final PaddedLong taken = new PaddedLong(0);

  /** Whether a take would be refused with this bound. Reads only. */
  public boolean isFull(long max) {
    return taken.get() >= max;
  }

  /** Takes a place unless {@code max} are taken or the room is closed. */
  public boolean tryTake(long max) {
    if (taken.getAndAdd(1) >= max) {
      taken.getAndAdd(-1);
      return false;
    }
    return true;
  }

  /** Gives so many places back. */
  public void giveBack(int places) {
    long before = taken.getAndAdd(-places);
    assert (before & ~CLOSED) >= places : "gave back " + places + " of " + (before & ~CLOSED);
  }

  /** Refuses every take from now on; places that are taken stay so until given back. */
  public void close() {
    taken.getAndBitwiseOr(CLOSED);
  }

  /** Closes it if no place is taken. */
  public boolean closeIfEmpty() {
    return taken.compareAndSet(0, CLOSED);
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return (taken.get() & CLOSED) != 0;
  }

  /** Places taken now, for a moment counting those of racers that are about to be refused. */
  public long taken() {
    return taken.get() & ~CLOSED;
  }
}
