package io.headgate.runtime;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Starts attempts' threads in batches: a virtual thread of its own, so that starting costs the
 * dispatcher one slot each and one unpark a batch. The dispatcher offers, the launcher polls.
 */
final class Launcher implements Runnable {
  private static final class Slot {
    @Nullable LiveAttempt<?> attempt;
  }

  private final RingBuffer<Slot> ring;
  private final EventPoller<Slot> poller;
  private final ErrorLog errors;
  private final Threads threads = new Threads();
  private final Thread thread;
  private volatile boolean parked;
  private volatile boolean closed;

  /**
   * @param maxInFlight attempts offered and not yet started at once
   */
  Launcher(int maxInFlight, ErrorLog errors) {
    this.errors = errors;
    int size = Integer.highestOneBit(Math.max(2, maxInFlight * 2 - 1)) << 1;
    ring = RingBuffer.createSingleProducer(Slot::new, size, new YieldingWaitStrategy());
    poller = ring.newPoller();
    ring.addGatingSequences(poller.getSequence());
    thread = threads.virtual("headgate-launcher", this);
    thread.start();
  }

  /** Hands an attempt over. The dispatcher's thread only; {@link #wake} follows. */
  void offer(LiveAttempt<?> attempt) {
    try {
      long sequence = ring.tryNext();
      ring.get(sequence).attempt = attempt;
      ring.publish(sequence);
    } catch (InsufficientCapacityException e) {
      start(attempt);
    }
  }

  /** Lets the launcher look. The dispatcher's thread, once a batch. */
  void wake() {
    VarHandle.fullFence();
    if (parked) {
      parked = false;
      LockSupport.unpark(thread);
    }
  }

  /** Whether all that was offered was taken. */
  boolean isEmpty() {
    return poller.getSequence().get() == ring.getCursor();
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  @Override
  public void run() {
    while (!closed) {
      try {
        EventPoller.PollState state =
            poller.poll(
                (slot, sequence, endOfBatch) -> {
                  LiveAttempt<?> attempt = slot.attempt;
                  slot.attempt = null;
                  if (attempt != null) {
                    start(attempt);
                  }
                  return true;
                });
        if (state != EventPoller.PollState.PROCESSING) {
          park();
        }
      } catch (Throwable t) { // must not end the launcher
        errors.ofOurs("the launcher", t);
      }
    }
  }

  private void park() {
    parked = true;
    VarHandle.fullFence();
    if (isEmpty() && !closed) {
      LockSupport.park(this);
    }
    parked = false;
  }

  private void start(LiveAttempt<?> attempt) {
    try {
      threads.virtual(attempt.threadName(), attempt).start();
    } catch (Throwable t) { // no memory for a thread: the attempt ends as if it had thrown
      errors.ofOurs("starting a thread", t);
      attempt.failToStart(t);
    }
  }
}
