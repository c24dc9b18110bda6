package io.headgate.examples.storm.provider;

import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The provider's capacity, shared evenly: up to {@code knee} pieces of work run at full speed, more
 * of them slow each other down. So latency grows with load while the throughput stays at its limit.
 *
 * <p>One clock of virtual work serves all: it runs at {@code min(1, knee / active)}, and a piece is
 * done when the clock has moved on by its length. That costs two wake-ups a piece, however slow it
 * gets.
 */
final class SharedCompute implements AutoCloseable {
  private static final class Piece implements Comparable<Piece> {
    final Thread owner;
    final double from;
    final double until;
    boolean done;

    Piece(Thread owner, double from, double until) {
      this.owner = owner;
      this.from = from;
      this.until = until;
    }

    @Override
    public int compareTo(Piece other) {
      return Double.compare(until, other.until);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PriorityQueue<Piece> pieces = new PriorityQueue<>();
  private double knee;
  private double now;
  private long nowNanos = System.nanoTime();
  private boolean closed;

  SharedCompute(double knee) {
    this.knee = knee;
    Thread.ofPlatform().daemon().name("provider-compute").start(this::keepTime);
  }

  /** Losing half the machines halves what is shared. */
  void knee(double wanted) {
    lock.lock();
    try {
      advance();
      knee = wanted;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Does a piece of work, which takes {@code nanos} when there is room.
   *
   * @return the part of it that was done, 0 to 1: below 1 when the thread was interrupted, whose
   *     interrupt status is then still set
   */
  double work(double nanos) {
    if (nanos <= 0) {
      return 1;
    }
    var piece = begin(nanos);
    while (true) {
      LockSupport.park(this);
      lock.lock();
      try {
        if (piece.done) {
          return 1;
        }
        if (Thread.currentThread().isInterrupted()) {
          advance();
          pieces.remove(piece);
          changed.signal();
          return Math.clamp((now - piece.from) / nanos, 0, 1);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private Piece begin(double nanos) {
    lock.lock();
    try {
      advance();
      var piece = new Piece(Thread.currentThread(), now, now + nanos);
      pieces.add(piece);
      changed.signal();
      return piece;
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock: moves virtual work to the present and wakes whoever is done. */
  private void advance() {
    long wall = System.nanoTime();
    double left = wall - nowNanos;
    nowNanos = wall;
    // Each completion changes the speed of the rest, so the time is walked through from one to the
    // next.
    while (!pieces.isEmpty() && left > 0) {
      double speed = speed();
      double toNext = (pieces.element().until - now) / speed;
      if (toNext > left) {
        now += left * speed;
        return;
      }
      left -= Math.max(0, toNext);
      now = Math.max(now, pieces.element().until);
      var piece = pieces.remove();
      piece.done = true;
      LockSupport.unpark(piece.owner);
    }
  }

  private double speed() {
    return Math.min(1, knee / pieces.size());
  }

  private void keepTime() {
    lock.lock();
    try {
      while (!closed) {
        advance();
        if (pieces.isEmpty()) {
          changed.awaitUninterruptibly();
        } else {
          double nanos = (pieces.element().until - now) / speed();
          long left = changed.awaitNanos((long) Math.min(nanos + 1, 1e9));
          assert left <= 1_000_000_000L;
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the provider's clock", e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
