package io.headgate.runtime;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.headgate.HeadgateSettings;
import io.headgate.engine.Engine;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one order of all inputs (LMAX Disruptor, many producers). Slots are credits: the ring is as
 * large as all inputs that the settings allow to be under way at once, and an admission needs room
 * beyond what is kept back for the rest. So nothing that frees capacity is ever held up, and nobody
 * ever waits on a claimed slot.
 */
final class InputRing {
  /** Commands under way at once. */
  static final int COMMANDS = 256;

  // An attempt's end, the begin and the abandoning of a join, and one of each that is just over.
  private static final int SLOTS_OF_ATTEMPT = 4;
  // Closing; opening is refused when there is no room.
  private static final int SLOTS_OF_JOB = 1;
  // For cancels of tasks that ended in the dispatcher's batch of the moment, and racing threads.
  private static final int SLACK = 768;
  private static final long RETRY_NS = 1_000;

  private final RingBuffer<Input> ring;
  private final EventPoller<Input> poller;
  private final RuntimeClock clock;
  private final int room;
  private volatile @Nullable Thread dispatcher;

  InputRing(HeadgateSettings settings, RuntimeClock clock) {
    this.clock = clock;
    long attempts = settings.maxInFlight() + (long) settings.maxSuspended();
    long kept =
        SLOTS_OF_ATTEMPT * attempts
            + settings.maxLive()
            + Engine.MAX_HEDGES // tasks left to their hedges may be cancelled
            + SLOTS_OF_JOB * (long) settings.maxJobs()
            + COMMANDS
            + SLACK;
    int size = Integer.highestOneBit(Math.toIntExact(kept + settings.maxWaiting() - 1)) << 1;
    room = Math.toIntExact(size - kept);
    ring = RingBuffer.createMultiProducer(Input::new, size, new YieldingWaitStrategy());
    poller = ring.newPoller();
    ring.addGatingSequences(poller.getSequence());
  }

  void setDispatcher(Thread dispatcher) {
    this.dispatcher = dispatcher;
  }

  EventPoller<Input> poller() {
    return poller;
  }

  /**
   * The number of the last input that the dispatcher has taken; that of its task, if it had one.
   */
  long applied() {
    return poller.getSequence().get();
  }

  boolean isEmpty() {
    return poller.getSequence().get() == ring.getCursor();
  }

  /**
   * Whether slots are left beyond those that are kept back. A look: who passes it together with
   * others takes a slot of the slack.
   */
  boolean hasRoom() {
    return ring.getCursor() - poller.getSequence().get() < room;
  }

  /**
   * Publishes an admitted task, numbering it by its place in the order.
   *
   * @return false, with nothing published, if only slots that are kept back are left
   */
  boolean tryAdmit(TaskHandle<?> task) {
    return tryAdmit(Input.Kind.TASK_ADMITTED, task);
  }

  /** The same for a second attempt beside a task's first. On the dispatcher's thread. */
  boolean tryAdmit(HedgeHandle<?> hedge) {
    return tryAdmit(Input.Kind.HEDGE_ADMITTED, hedge);
  }

  private boolean tryAdmit(Input.Kind kind, TaskHandle<?> task) {
    if (!hasRoom()) {
      return false;
    }
    long sequence;
    try {
      sequence = ring.tryNext();
    } catch (InsufficientCapacityException e) {
      return false;
    }
    task.number(sequence);
    Input input = ring.get(sequence);
    input.kind(kind);
    input.stampNs = task.admittedNs();
    input.subject = task;
    publish(sequence);
    return true;
  }

  void joinBegan(TaskHandle<?> waiter, int join, TaskHandle<?> awaited) {
    long sequence = claimKept();
    Input input = fill(sequence, Input.Kind.JOIN_BEGAN, waiter);
    input.join = join;
    input.other = awaited;
    publish(sequence);
  }

  void joinAbandoned(TaskHandle<?> waiter, int join) {
    long sequence = claimKept();
    fill(sequence, Input.Kind.JOIN_ABANDONED, waiter).join = join;
    publish(sequence);
  }

  /** Publishes an input that has a subject and nothing else. */
  void publish(Input.Kind kind, Object subject) {
    long sequence = claimKept();
    fill(sequence, kind, subject);
    publish(sequence);
  }

  private Input fill(long sequence, Input.Kind kind, Object subject) {
    Input input = ring.get(sequence);
    input.kind(kind);
    input.stampNs = clock.nanoTime();
    input.subject = subject;
    return input;
  }

  // Its credit was taken before, so there is a slot; were the books wrong, waiting beats losing it.
  private long claimKept() {
    while (true) {
      try {
        return ring.tryNext();
      } catch (InsufficientCapacityException e) {
        LockSupport.parkNanos(RETRY_NS);
      }
    }
  }

  private void publish(long sequence) {
    ring.publish(sequence);
    // Against the dispatcher's park-then-look: its word of being parked and the ring's cursor are
    // volatile, and the slot was claimed by a CAS of the cursor before this read. So either the
    // dispatcher sees that a slot is claimed and does not park, or we see it parked.
    wakeIfParked();
  }

  /** Wakes the dispatcher if it sleeps, or is about to; else it will look by itself. */
  void wakeIfParked() {
    if (clock.isParked() && clock.claimWake(clock.nanoTime())) {
      LockSupport.unpark(dispatcher);
    }
  }

  void wakeDispatcher() {
    LockSupport.unpark(dispatcher);
  }
}
