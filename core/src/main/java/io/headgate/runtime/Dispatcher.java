package io.headgate.runtime;

import com.lmax.disruptor.EventPoller;
import io.headgate.IdleMode;
import io.headgate.engine.Engine;
import io.headgate.recovery.Outbox;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.jspecify.annotations.Nullable;

/**
 * The ring's first consumer and the only thread that touches the engine: an Agrona duty cycle. Each
 * turn polls a batch of inputs, fires timers by the clock if there was none, and wakes whom the
 * batch concerned. It runs no user code and takes no lock that user code may hold.
 */
final class Dispatcher implements Agent, Runnable {
  private static final int BATCH = 256;
  private static final int SPINS = 20;
  private static final int YIELDS = 50;
  // A parked dispatcher is woken by who publishes; it looks up by itself for the counters of
  // refusals.
  private static final long MAX_PARK_NS = 250_000_000;

  private final LiveHeadgate runtime;
  private final Engine engine;
  private final LiveEffects effects;
  private final InputRing ring;
  private final EventPoller<Input> poller;
  private final RuntimeClock clock;
  private final Observer observer;
  private final @Nullable JournalSink journal;
  private final @Nullable Outbox<LiveAttempt<?>> outbox;
  private final @Nullable RefusalRecords refusals;
  private final @Nullable LoopRecords loops;
  private final ErrorLog errors;
  private final IdleMode idleMode;
  private final EventPoller.Handler<Input> handler = this::onInput;
  private int inBatch;
  private int idleTurns;

  Dispatcher(
      LiveHeadgate runtime,
      Engine engine,
      LiveEffects effects,
      Observer observer,
      @Nullable JournalSink journal,
      @Nullable Outbox<LiveAttempt<?>> outbox,
      @Nullable RefusalRecords refusals,
      @Nullable LoopRecords loops,
      ErrorLog errors,
      IdleMode idleMode) {
    this.runtime = runtime;
    this.engine = engine;
    this.effects = effects;
    this.ring = runtime.ring();
    this.poller = ring.poller();
    this.clock = runtime.clock();
    this.observer = observer;
    this.journal = journal;
    this.outbox = outbox;
    this.refusals = refusals;
    this.loops = loops;
    this.errors = errors;
    this.idleMode = idleMode;
  }

  @Override
  public String roleName() {
    return "headgate-dispatcher";
  }

  @Override
  public void run() {
    while (!runtime.mayTerminate(engine)) {
      if (doWork() > 0) {
        idleTurns = 0;
      } else {
        idle();
      }
    }
    onClose();
  }

  /** One turn: at most {@value BATCH} inputs, or the timers that are due. */
  @Override
  public int doWork() {
    long now = clock.nanoTime();
    clock.refresh(now);
    inBatch = 0;
    int work;
    try {
      poller.poll(handler);
      work = inBatch;
      if (work == 0) {
        long due = engine.nextTimerNs();
        engine.advance(now);
        runtime.funding().fundFreed(engine, now);
        work = engine.nextTimerNs() == due ? 0 : 1;
      }
      work += runtime.funding().fundGivenBack(engine) ? 1 : 0;
    } catch (Throwable t) { // nothing may end the dispatcher
      errors.ofOurs("the dispatcher", t);
      work = 1;
    }
    try {
      effects.flush();
      observer.turn(engine, now);
      if (refusals != null) {
        refusals.turn(engine);
      }
      if (loops != null) {
        loops.turn();
      }
      if (journal != null) {
        journal.turn(engine.nowNs(), engine.digest());
        boolean behind = journal.isBehind();
        if (behind != runtime.gates().isJournalBehind()) {
          runtime.gates().publishJournal(behind);
        }
      }
    } catch (Throwable t) { // as above
      errors.ofOurs("the end of a dispatcher's turn", t);
    }
    return work;
  }

  private boolean onInput(Input input, long sequence, boolean endOfBatch) {
    try {
      apply(input);
      runtime.funding().fundFreed(engine, input.stampNs);
    } catch (Throwable t) { // one bad input must not hold up the rest
      errors.ofOurs("the engine, at " + input.kind(), t);
    }
    input.clear();
    return ++inBatch < BATCH;
  }

  private void apply(Input input) {
    long stamp = input.stampNs;
    switch (input.kind()) {
      case TASK_ADMITTED -> {
        TaskHandle<?> task = task(input.subject);
        observer.admitted(task, stamp);
        task.account().admitted(task);
        engine.taskAdmitted(stamp, task);
      }
      case TASK_CANCELLED -> engine.taskCancelled(stamp, task(input.subject));
      case ATTEMPT_ENDED -> attempt(input.subject).endedAt(engine, stamp);
      case JOIN_BEGAN ->
          engine.joinBegan(stamp, task(input.subject), input.join, task(input.other));
      case JOIN_ABANDONED -> engine.joinAbandoned(stamp, task(input.subject), input.join);
      case JOB_OPENED -> {
        observer.jobOpened(job(input.subject));
        engine.jobOpened(stamp, job(input.subject));
      }
      case JOB_CLOSED -> {
        LiveJob job = job(input.subject);
        if (job.isLoopedOut()) {
          observer.loopedOut(job);
        }
        engine.jobClosed(stamp, job);
      }
      case HEDGE_ADMITTED -> {
        TaskHandle<?> hedge = task(input.subject);
        engine.hedgeAdmitted(stamp, hedge, hedge.original());
      }
      case COMMAND -> runtime.carryOut(input.subject, stamp);
    }
  }

  private static TaskHandle<?> task(@Nullable Object subject) {
    assert subject != null;
    return (TaskHandle<?>) subject;
  }

  private static LiveAttempt<?> attempt(@Nullable Object subject) {
    assert subject != null;
    return (LiveAttempt<?>) subject;
  }

  private static LiveJob job(@Nullable Object subject) {
    assert subject != null;
    return (LiveJob) subject;
  }

  private void idle() {
    if (idleMode == IdleMode.BUSY_SPIN || idleTurns < SPINS) {
      idleTurns++;
      Thread.onSpinWait();
    } else if (idleMode == IdleMode.YIELD || idleTurns < SPINS + YIELDS) {
      idleTurns++;
      Thread.yield();
    } else {
      park();
    }
  }

  private void park() {
    clock.park();
    VarHandle.fullFence();
    if (outbox != null && outbox.hasNews()) {
      Thread.onSpinWait(); // the next turn lets it go
    } else if (ring.isEmpty()) {
      long due = engine.nextTimerNs();
      long left = due == Long.MAX_VALUE ? MAX_PARK_NS : due - clock.nanoTime() + 1;
      if (left > 0) {
        LockSupport.parkNanos(this, Math.min(left, MAX_PARK_NS));
      }
    } else {
      Thread.yield(); // claimed, not published: its submitter may need this very CPU
    }
  }

  @Override
  public void onClose() {
    runtime.onTerminated();
  }
}
