package io.headgate.runtime;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.HeadgateEvent;
import io.headgate.HeadgateListener;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Brings events to the user's listener on a daemon thread of its own, behind a ring of {@value
 * #SIZE} slots (one producer, the dispatcher). A full ring loses the event and counts it; the next
 * that fits says how many. Nothing that the listener does holds the dispatcher up. Offering
 * allocates nothing: the events are made on the listener's thread; but for what was refused, once a
 * second at most.
 */
final class EventDelivery implements Runnable {
  static final int SIZE = 4_096;

  private static final long DRAIN_MS = 500;
  private static final long LINGER_MS = 100;

  private enum Kind {
    TASK_ENDED,
    OVERRUN,
    TARGET_GATE,
    RETRY,
    HEDGE,
    BREAKER,
    PAUSE,
    PARKED,
    UNPARKED,
    OPERATED,
    RUNG,
    FALL,
    BURN_RATE,
    USAGE_MISSING,
    LIMIT_LEARNED,
    CONCURRENCY,
    LEVEL,
    ALERT,
    JOB_CHANGE,
    LIMITS_CHANGED,
    JOB_RECONFIGURED,
    REFUSALS,
    JOB_LOOPED_OUT,
    ESTIMATE_LEARNED,
    WRAP_UP
  }

  /** One event's figures. */
  private static final class Slot {
    Kind kind = Kind.TASK_ENDED;
    long lost;
    long taskId;
    String job = "";
    String agent = "";
    String target = "";
    String text = "";
    @Nullable Object detail;
    Map<Refusal, Long> refusals = Map.of();

    /**
     * Or, of a burn rate, the tokens spent; of a limit, calls or tokens a minute; of an estimate,
     * the tokens.
     */
    long waitedNs;

    /** Or, of a burn rate, the usual tokens; of an estimate, the calls. */
    long ranNs;

    int running;
    boolean open;

    void of(TaskHandle<?> task) {
      taskId = task.taskId();
      job = task.job().id();
      agent = task.agentGate().id();
      target = task.targetGate().id();
    }

    HeadgateEvent event() {
      return switch (kind) {
        case TASK_ENDED ->
            new HeadgateEvent.TaskEnded(
                taskId,
                job,
                agent,
                target,
                text,
                Duration.ofNanos(waitedNs),
                Duration.ofNanos(ranNs));
        case OVERRUN -> new HeadgateEvent.Overrun(taskId, target, running);
        case TARGET_GATE -> new HeadgateEvent.TargetGate(target, open, text);
        case RETRY ->
            new HeadgateEvent.Retry(
                taskId, job, agent, target, CallClass.valueOf(text), Duration.ofNanos(waitedNs));
        case HEDGE -> new HeadgateEvent.Hedge(taskId, job, agent, target, open);
        case BREAKER ->
            new HeadgateEvent.Breaker(target, running, agent, text, Duration.ofNanos(waitedNs));
        case PAUSE -> new HeadgateEvent.Pause(target, Duration.ofNanos(waitedNs));
        case PARKED ->
            new HeadgateEvent.Parked(
                taskId,
                job,
                agent,
                target,
                ParkReason.valueOf(text),
                (ParkPolicy.Action) given(detail),
                Duration.ofNanos(waitedNs));
        case UNPARKED ->
            new HeadgateEvent.Unparked(
                taskId, job, agent, target, (ParkPolicy.Action) given(detail), text);
        case OPERATED -> {
          var word = (OperatorWord) given(detail);
          yield new HeadgateEvent.Operated(
              word.verb(),
              word.subject(),
              word.change(),
              word.by().who(),
              word.by().why(),
              word.done());
        }
        case RUNG -> new HeadgateEvent.Rung(target, running, text);
        case FALL ->
            new HeadgateEvent.Fall(
                taskId, job, agent, target, CallClass.valueOf(text), running, open);
        case BURN_RATE -> new HeadgateEvent.BurnRate(agent, open, waitedNs, ranNs);
        case USAGE_MISSING -> new HeadgateEvent.UsageMissing(target, open);
        case LIMIT_LEARNED -> new HeadgateEvent.LimitLearned(target, waitedNs, open);
        case CONCURRENCY -> new HeadgateEvent.ConcurrencyLimit(target, running);
        case ALERT -> new HeadgateEvent.Alert(target, (AlertKind) given(detail), open);
        case LEVEL -> {
          Snapshot.Level level = Levels.of(running);
          yield new HeadgateEvent.AdmissionLevel(target, level.lowest(), level.share());
        }
        case JOB_CHANGE -> new HeadgateEvent.JobChange(job, open);
        case LIMITS_CHANGED -> {
          var inForce = (HeadgateSettings) given(detail);
          yield new HeadgateEvent.LimitsChanged(
              inForce.spending(),
              inForce.tokensPerMinute(),
              inForce.burstTokens(),
              inForce.maxParked(),
              inForce.maxParkedTokens(),
              inForce.retrySpreadPercent());
        }
        case JOB_RECONFIGURED ->
            new HeadgateEvent.JobReconfigured(job, (JobSettings) given(detail));
        case JOB_LOOPED_OUT -> new HeadgateEvent.JobLoopedOut(job, running);
        case ESTIMATE_LEARNED -> new HeadgateEvent.EstimateLearned(target, agent, waitedNs, ranNs);
        case WRAP_UP -> new HeadgateEvent.WrapUp(taskId, job, agent, target);
        case REFUSALS -> new HeadgateEvent.Refusals(refusals);
      };
    }
  }

  private static Object given(@Nullable Object detail) {
    return Objects.requireNonNull(detail, "an event without its detail");
  }

  private final HeadgateListener listener;
  private final ErrorLog errors;
  private final RingBuffer<Slot> ring;
  private final EventPoller<Slot> poller;
  private final EventPoller.Handler<Slot> handler = this::deliver;
  private final Thread thread;
  private volatile boolean parked;
  private volatile boolean closed;
  private volatile boolean abandoned;

  // The dispatcher's.
  private long claimed;
  private long lost;
  private long lostInAll;
  private boolean offered;

  EventDelivery(HeadgateListener listener, ErrorLog errors) {
    this.listener = listener;
    this.errors = errors;
    ring = RingBuffer.createSingleProducer(Slot::new, SIZE, new YieldingWaitStrategy());
    poller = ring.newPoller();
    ring.addGatingSequences(poller.getSequence());
    thread = new Threads().platform("headgate-listener", this);
    thread.start();
  }

  // ---- on the dispatcher's thread

  void taskEnded(TaskHandle<?> task, String outcome, long waitedNs, long ranNs) {
    Slot slot = claim(Kind.TASK_ENDED);
    if (slot != null) {
      slot.of(task);
      slot.text = outcome;
      slot.waitedNs = waitedNs;
      slot.ranNs = ranNs;
      publish();
    }
  }

  void overrun(long taskId, String target, int running) {
    Slot slot = claim(Kind.OVERRUN);
    if (slot != null) {
      slot.taskId = taskId;
      slot.target = target;
      slot.running = running;
      publish();
    }
  }

  void targetGate(String target, boolean open, String reason) {
    Slot slot = claim(Kind.TARGET_GATE);
    if (slot != null) {
      slot.target = target;
      slot.open = open;
      slot.text = reason;
      publish();
    }
  }

  void retry(TaskHandle<?> task, String callClass, long delayNs) {
    Slot slot = claim(Kind.RETRY);
    if (slot != null) {
      slot.of(task);
      slot.text = callClass;
      slot.waitedNs = delayNs;
      publish();
    }
  }

  void hedge(TaskHandle<?> task, boolean won) {
    Slot slot = claim(Kind.HEDGE);
    if (slot != null) {
      slot.of(task);
      slot.open = won;
      publish();
    }
  }

  void breaker(String target, int rung, String agent, String state, long untilNs) {
    Slot slot = claim(Kind.BREAKER);
    if (slot != null) {
      slot.target = target;
      slot.running = rung;
      slot.agent = agent;
      slot.text = state;
      slot.waitedNs = untilNs;
      publish();
    }
  }

  void paused(String target, long untilNs) {
    Slot slot = claim(Kind.PAUSE);
    if (slot != null) {
      slot.target = target;
      slot.waitedNs = untilNs;
      publish();
    }
  }

  void parked(TaskHandle<?> task, ParkReason reason, ParkPolicy.Action action, long inNs) {
    Slot slot = claim(Kind.PARKED);
    if (slot != null) {
      slot.of(task);
      slot.text = reason.name();
      slot.detail = action;
      slot.waitedNs = inNs;
      publish();
    }
  }

  void unparked(TaskHandle<?> task, ParkPolicy.Action action, String by) {
    Slot slot = claim(Kind.UNPARKED);
    if (slot != null) {
      slot.of(task);
      slot.text = by;
      slot.detail = action;
      publish();
    }
  }

  void operated(OperatorWord word) {
    Slot slot = claim(Kind.OPERATED);
    if (slot != null) {
      slot.detail = word;
      publish();
    }
  }

  void rung(String target, int rung, String name) {
    Slot slot = claim(Kind.RUNG);
    if (slot != null) {
      slot.target = target;
      slot.running = rung;
      slot.text = name;
      publish();
    }
  }

  void fall(TaskHandle<?> task, String callClass, int toRung, boolean beside) {
    Slot slot = claim(Kind.FALL);
    if (slot != null) {
      slot.of(task);
      slot.open = beside;
      slot.text = callClass;
      slot.running = toRung;
      publish();
    }
  }

  void burn(String agent, boolean burning, long tokens, long usual) {
    Slot slot = claim(Kind.BURN_RATE);
    if (slot != null) {
      slot.agent = agent;
      slot.open = burning;
      slot.waitedNs = tokens;
      slot.ranNs = usual;
      publish();
    }
  }

  void usageMissing(String target, boolean missing) {
    Slot slot = claim(Kind.USAGE_MISSING);
    if (slot != null) {
      slot.target = target;
      slot.open = missing;
      publish();
    }
  }

  void limitLearned(String target, long perMinute, boolean ofTokens) {
    Slot slot = claim(Kind.LIMIT_LEARNED);
    if (slot != null) {
      slot.target = target;
      slot.waitedNs = perMinute;
      slot.open = ofTokens;
      publish();
    }
  }

  void permits(String target, int permits) {
    Slot slot = claim(Kind.CONCURRENCY);
    if (slot != null) {
      slot.target = target;
      slot.running = permits;
      publish();
    }
  }

  void alert(String target, AlertKind kind, boolean on) {
    Slot slot = claim(Kind.ALERT);
    if (slot != null) {
      slot.target = target;
      slot.detail = kind;
      slot.open = on;
      publish();
    }
  }

  void level(String target, int level) {
    Slot slot = claim(Kind.LEVEL);
    if (slot != null) {
      slot.target = target;
      slot.running = level;
      publish();
    }
  }

  void jobChange(String job, boolean open) {
    Slot slot = claim(Kind.JOB_CHANGE);
    if (slot != null) {
      slot.job = job;
      slot.open = open;
      publish();
    }
  }

  void limitsChanged(HeadgateSettings inForce) {
    Slot slot = claim(Kind.LIMITS_CHANGED);
    if (slot != null) {
      slot.detail = inForce;
      publish();
    }
  }

  void jobReconfigured(String job, JobSettings settings) {
    Slot slot = claim(Kind.JOB_RECONFIGURED);
    if (slot != null) {
      slot.job = job;
      slot.detail = settings;
      publish();
    }
  }

  void refusals(Map<Refusal, Long> counts) {
    Slot slot = claim(Kind.REFUSALS);
    if (slot != null) {
      slot.refusals = counts;
      publish();
    }
  }

  void jobLoopedOut(String job, int loops) {
    Slot slot = claim(Kind.JOB_LOOPED_OUT);
    if (slot != null) {
      slot.job = job;
      slot.running = loops;
      publish();
    }
  }

  void estimateLearned(String target, String agent, long tokens, long calls) {
    Slot slot = claim(Kind.ESTIMATE_LEARNED);
    if (slot != null) {
      slot.target = target;
      slot.agent = agent;
      slot.waitedNs = tokens;
      slot.ranNs = calls;
      publish();
    }
  }

  void wrapUp(TaskHandle<?> task) {
    Slot slot = claim(Kind.WRAP_UP);
    if (slot != null) {
      slot.of(task);
      publish();
    }
  }

  private @Nullable Slot claim(Kind kind) {
    if (!ring.hasAvailableCapacity(1)) {
      lost++;
      lostInAll++;
      return null;
    }
    // There is room and no other producer, so this does not wait.
    claimed = ring.next();
    Slot slot = ring.get(claimed);
    slot.kind = kind;
    slot.lost = lost;
    lost = 0;
    return slot;
  }

  private void publish() {
    ring.publish(claimed);
    offered = true;
  }

  /** Lets the listener's thread look; once a turn, since waking it costs more than the rest. */
  void wake() {
    if (offered) {
      offered = false;
      VarHandle.fullFence();
      if (parked) {
        LockSupport.unpark(thread);
      }
    }
  }

  /** Events that did not fit, in all. */
  long lostInAll() {
    return lostInAll;
  }

  /**
   * Waits for what fitted to be delivered: half a second; then interrupts, waits a little, and
   * leaves the thread behind.
   */
  void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(DRAIN_MS);
      if (thread.isAlive()) {
        abandoned = true;
        thread.interrupt();
        thread.join(LINGER_MS);
      }
    } catch (InterruptedException e) {
      abandoned = true;
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  // ---- on the listener's thread

  @Override
  public void run() {
    while (!abandoned) {
      // Read before the look at the ring: what was offered before the close is seen.
      boolean last = closed;
      if (poll() != EventPoller.PollState.PROCESSING) {
        if (last) {
          return;
        }
        park();
      }
    }
  }

  private EventPoller.PollState poll() {
    try {
      return poller.poll(handler);
    } catch (Throwable t) { // must not end the thread
      errors.ofOurs("the delivery of events", t);
      return EventPoller.PollState.PROCESSING;
    }
  }

  private void park() {
    parked = true;
    VarHandle.fullFence();
    if (poller.getSequence().get() == ring.getCursor() && !closed) {
      LockSupport.park(this);
    }
    parked = false;
  }

  private boolean deliver(Slot slot, long sequence, boolean endOfBatch) {
    HeadgateEvent event = slot.event();
    try {
      listener.on(event, slot.lost);
    } catch (Throwable t) { // user code
      errors.ofUser("a listener", t);
    }
    // One at a time, so that a slot is free as soon as its event is delivered.
    return false;
  }
}
